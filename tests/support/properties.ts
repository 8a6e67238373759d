import process from "node:process";
import fc from "fast-check";

// The gate must say the same of the same code; PROPERTY_SEED=2, 3, … explores further.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.PROPERTY_SEED ?? 1) });

export { fc };
