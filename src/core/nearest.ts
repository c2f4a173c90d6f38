/** Longer text is no choice with a typing error in it; comparing it would take time for nothing. */
const LONGEST_TYPO = 40;

/**
 * The choice that was probably meant: one that the value is, or is part of, but for punctuation, or one that a few
 * keystrokes turn it into. `undefined` when none is close enough to be worth suggesting.
 */
export function nearestChoice<Choice extends string>(value: string, choices: readonly Choice[]): Choice | undefined {
  const wanted = letters(value);
  if (wanted.length < 2 || wanted.length > LONGEST_TYPO) return undefined;
  return (
    (wanted.length > 2 ? choices.find((choice) => letters(choice).includes(wanted)) : undefined) ??
    closest(wanted, choices)
  );
}

function letters(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function closest<Choice extends string>(wanted: string, choices: readonly Choice[]): Choice | undefined {
  let best: { choice: Choice; distance: number } | undefined;
  for (const choice of choices) {
    const distance = editDistance(wanted, letters(choice));
    const limit = Math.max(1, Math.floor(Math.min(wanted.length, choice.length) / 3));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { choice, distance };
  }
  return best?.choice;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, length) => length);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const replace = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const swap = swapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replace, swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
