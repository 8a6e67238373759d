/** Resolves as soon as it holds. Throws when it does not within `patienceMs`. */
export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 15_000): Promise<void> {
  const began = performance.now();
  while (!await holds()) {
    if (performance.now() - began > patienceMs) {
      throw new Error(`It did not become true within ${patienceMs} ms: ${holds}`);
    }
    await new Promise((go) => setTimeout(go, 10));
  }
}
