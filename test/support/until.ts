/** Waiting for what tells of itself by no event. */

/** Resolves when the look says so; a look that fails is one that says no. */
export async function until(look: () => Promise<boolean> | boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (
    !(await Promise.resolve()
      .then(look)
      .catch(() => false))
  ) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
