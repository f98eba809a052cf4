// Linear equations with a symmetric positive definite matrix, the kind that least squares leads to.

/** A pivot this small relative to the largest means that the columns are linearly dependent. */
const MIN_RELATIVE_PIVOT = 1e-12;

/**
 * Solves `matrix · x = rhs` by the Cholesky factorisation L·Lᵀ. `matrix` is row-major, `size` × `size`;
 * only its lower triangle is read. Undefined when it is not positive definite. O(size³ / 6).
 */
export function solvePositiveDefinite(
  matrix: Float64Array,
  rhs: Float64Array,
  size: number,
): Float64Array | undefined {
  const factor = factorise(matrix, size);
  if (factor === undefined) return undefined;
  const x = rhs.slice();
  for (let i = 0; i < size; i++) {
    let rest = x[i]!;
    for (let k = 0; k < i; k++) rest -= factor[i * size + k]! * x[k]!;
    x[i] = rest / factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let rest = x[i]!;
    for (let k = i + 1; k < size; k++) rest -= factor[k * size + i]! * x[k]!;
    x[i] = rest / factor[i * size + i]!;
  }
  return x;
}

/** The lower triangle L, column by column. */
function factorise(matrix: Float64Array, size: number): Float64Array | undefined {
  const factor = matrix.slice();
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, matrix[i * size + i]!);
  for (let j = 0; j < size; j++) {
    let pivot = factor[j * size + j]!;
    for (let k = 0; k < j; k++) pivot -= factor[j * size + k]! ** 2;
    if (!(pivot > largest * MIN_RELATIVE_PIVOT)) return undefined;
    const diagonal = Math.sqrt(pivot);
    factor[j * size + j] = diagonal;
    for (let i = j + 1; i < size; i++) {
      let rest = factor[i * size + j]!;
      for (let k = 0; k < j; k++) rest -= factor[i * size + k]! * factor[j * size + k]!;
      factor[i * size + j] = rest / diagonal;
    }
  }
  return factor;
}
