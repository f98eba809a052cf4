// Several tail probabilities of one event as one.

/**
 * The weighted harmonic mean of tail probabilities, given and answered as −log₁₀ p: small when any is small, smaller when
 * several are, and valid when the tests depend on each other (Wilson 2019, "The harmonic mean p-value for combining dependent
 * tests", PNAS 116). NaN abstains with its weight; NaN when all do. O(n).
 */
export function harmonicMeanRarity(
  rarities: ArrayLike<number>,
  weights: ArrayLike<number>,
): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rarities.length; i++) {
    const rarity = rarities[i]!;
    if (Number.isNaN(rarity)) continue;
    sum += weights[i]! * 10 ** rarity;
    total += weights[i]!;
  }
  return total > 0 ? Math.log10(sum / total) : Number.NaN;
}
