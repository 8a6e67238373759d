import { Command } from "commander";
import { DEFAULT_TIERS } from "../routing/settings.ts";
import { VERSION } from "../version.ts";
import { bench } from "./bench.ts";
import { check } from "./check.ts";
import { classify } from "./classify.ts";
import { evaluate } from "./eval.ts";
import { explain } from "./explain.ts";
import { health } from "./health.ts";
import { init } from "./init.ts";
import { addKey, listKeys, removeKey } from "./keys.ts";
import { replay } from "./replay.ts";
import { retrain } from "./retrain.ts";
import { type CommandContext, UsageError } from "./run.ts";
import { serve } from "./serve.ts";

const JSON_HELP = "print JSON";

/** The command line: every command, its options and its help. `act` runs one and notes its exit code. */
export function programOf(context: CommandContext, act: (action: () => Promise<boolean>) => Promise<void>): Command {
  const program = new Command("virtusoul-router")
    // Set before the commands are added: they take it over.
    .exitOverride()
    .configureOutput({
      writeOut: context.host.stdout,
      writeErr: context.host.stderr,
      // An error is one line, the suggestion with it.
      outputError: (text, write) => write(`${text.trim().split("\n").map((line) => line.trim()).join(" ")}\n`),
    })
    .description("Judges how hard each request is and sends it to the model you chose for that tier.")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .showSuggestionAfterError()
    .addHelpText("after", "\nSettings come from the environment and the file .env in this folder: see .env.example.");
  program.command("serve", { isDefault: true }).description("run the router (this is what happens without a command)")
    .option("--json", "say where it listens as one line of JSON")
    // Words that are no command come here, since it is the default.
    .allowExcessArguments()
    .action((options, { args: [word] }) =>
      act(() => {
        if (word === undefined) return serve(context, options);
        throw new UsageError(`Cannot do ${JSON.stringify(word.slice(0, 80))}: there is no such command; see --help`);
      })
    );
  const initiation = program.command("init").description("write a .env that fits what there is: keys, a local Ollama")
    .option("--provider <name>", "who serves the tiers that no other option names")
    .option("--tier <tier=provider/model>", "who serves a tier, whatever its name", collect, []);
  for (const tier of DEFAULT_TIERS) initiation.option(`--${tier} <provider/model>`, `who serves the tier ${tier}`);
  initiation.option("--base-url <address>", "where the provider custom is")
    .option("--public", "listen for other machines too, and ask them for a new API_KEY")
    .option("--no-keys", "leave keys in the environment: write none of them")
    .option("-y, --yes", "ask nothing: take what is proposed")
    .option("--force", "replace a .env that is there; the old one becomes .env.old")
    .option("--json", JSON_HELP)
    .action((options) => act(() => init(context, { ...options, named: tiersIn(options) })));
  program.command("check").description("print every setting and where it comes from, and what is wrong with them")
    .option("--live", "also send one tiny request to each target")
    .option("--json", JSON_HELP)
    .action((options) => act(() => check(context, options)));
  program.command("classify").description("say which tier a text deserves")
    .argument("[text]", "the text; without it, standard input is read")
    .option("-f, --file <file>", "read the text from a file")
    .option("--json", JSON_HELP)
    .option("--vectors", "print JSON with the numbers that the heads read")
    .action((text, options) => act(() => classify(context, text, options)));
  program.command("explain").description("say why a text goes where it goes")
    .argument("<text>", "the text")
    .option("--json", JSON_HELP)
    .action((text, options) => act(() => explain(context, text, options)));
  program.command("eval").description("measure the classifier on labelled prompts")
    .argument("[file]", 'JSON lines of {"text", "tier"}; without it, a small set of the project\'s own')
    .option("--robust", "also say how often the tier changes when the same is asked otherwise")
    .option("--csv <out>", "write id, tier and probabilities, row by row")
    .option("--json", JSON_HELP)
    .action((file, options) => act(() => evaluate(context, file, options)));
  program.command("retrain").description(
    "fit the classifier's heads to your own examples; a running router serves them after POST /reload",
  )
    .argument("[file]", 'JSON lines of {"text", "tier"}, or a .csv; without it, those in DATA_DIR/examples')
    .option("--mode <mode>", "extend or replace the shipped examples", "extend")
    .option("--dry-run", "report, but change nothing")
    .option("--force", "swap even if the new head is worse")
    .option("--rollback", "bring the previous head back")
    .option("--json", JSON_HELP)
    .action((file, options) => act(() => retrain(context, file, options)));
  program.command("bench").description("measure how fast the router is on this machine; no model is asked")
    .option("--requests <n>", "of each kind", "400")
    .option("--json", JSON_HELP)
    .action((options) => act(() => bench(context, options)));
  program.command("replay").description(
    "decide a DECISION_LOG again, under the present settings: what flips, what it costs",
  )
    .argument("<log...>", "the files, JSON lines, the oldest first: decisions.jsonl.1 decisions.jsonl")
    .option(
      "--fail-if <condition>",
      'exit 1 when it holds: "flips>2%", "cost>10%" (dearer by more than that); may be repeated',
      (condition: string, before: string[] = []) => [...before, condition],
    )
    .option("--json", JSON_HELP)
    .action((files, options) => act(() => replay(context, files, options)));
  const keys = program.command("keys").description("keys with names, kept as hashes in KEYS_FILE");
  keys.command("add").description("make a key, and print it this once")
    .argument("<name>", "whose it is: letters, digits and . _ @ -")
    .option("--limit-rpm <n>", "its requests a minute, over LIMIT_RPM")
    .option("--budget-usd-day <dollars>", "what it may spend on a day (UTC), over BUDGET_USD_DAY")
    .option("--json", JSON_HELP)
    .action((name, options) => act(() => addKey(context, name, options)));
  keys.command("list").description("names and limits")
    .option("--json", JSON_HELP)
    .action((options) => act(() => listKeys(context, options)));
  keys.command("remove").description("take a key away")
    .argument("<name>")
    .option("--json", JSON_HELP)
    .action((name, options) => act(() => removeKey(context, name, options)));
  program.command("health").description("ask the running router how it is")
    .option("--json", JSON_HELP)
    .action((options) => act(() => health(context, options)));
  return program;
}

/** An option that may be given several times. */
function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function tiersIn(options: Record<string, unknown>): Record<string, string> {
  const named = DEFAULT_TIERS.map((tier) => [tier, options[tier]]);
  return Object.fromEntries(named.filter(([, model]) => model !== undefined));
}
