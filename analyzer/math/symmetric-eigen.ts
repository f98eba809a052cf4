// Eigenvalues and eigenvectors of a symmetric matrix, for covariances of up to a few hundred columns.

/** Sweeps over all pairs; the method converges quadratically and needs 6 to 10. */
const MAX_SWEEPS = 30;
/** Off-diagonal weight, relative to the whole, at which the matrix counts as diagonal. */
const TOLERANCE = 1e-22;

export interface Eigen {
  /** Largest first. */
  readonly values: Float64Array;
  /** Row-major, one unit vector a row, in the order of `values`. */
  readonly vectors: Float64Array;
}

/**
 * The cyclic Jacobi method (Golub & Van Loan, Matrix Computations, § 8.5). `matrix` is row-major, `size` × `size` and
 * symmetric. O(size³) per sweep. @throws RangeError when its length is not size².
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  if (matrix.length !== size * size)
    throw new RangeError(`eigenvalues of ${matrix.length} numbers as a ${size} × ${size} matrix`);
  const a = matrix.slice();
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS && !isDiagonal(a, size); sweep++)
    for (let p = 0; p < size - 1; p++)
      for (let q = p + 1; q < size; q++) rotate({ a, vectors, size }, p, q);
  return sorted(a, vectors, size);
}

function isDiagonal(a: Float64Array, size: number): boolean {
  let diagonal = 0;
  let rest = 0;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const square = a[i * size + j]! ** 2;
      if (i === j) diagonal += square;
      else rest += square;
    }
  return rest <= TOLERANCE * diagonal || rest === 0;
}

interface Work {
  readonly a: Float64Array;
  readonly vectors: Float64Array;
  readonly size: number;
}

/** The rotation that makes element (p, q) zero. */
function rotate({ a, vectors, size }: Work, p: number, q: number): void {
  const apq = a[p * size + q]!;
  if (apq === 0) return;
  const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < size; k++) turn(a, [k * size + p, k * size + q], [c, s]);
  for (let k = 0; k < size; k++) turn(a, [p * size + k, q * size + k], [c, s]);
  for (let k = 0; k < size; k++) turn(vectors, [p * size + k, q * size + k], [c, s]);
}

function turn(
  values: Float64Array,
  [i, j]: readonly [number, number],
  [c, s]: readonly [number, number],
): void {
  const x = values[i]!;
  const y = values[j]!;
  values[i] = c * x - s * y;
  values[j] = s * x + c * y;
}

function sorted(a: Float64Array, vectors: Float64Array, size: number): Eigen {
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (i, j) => a[j * size + j]! - a[i * size + i]!,
  );
  const values = Float64Array.from(order, (i) => a[i * size + i]!);
  const rows = new Float64Array(size * size);
  for (const [row, i] of order.entries())
    rows.set(vectors.subarray(i * size, (i + 1) * size), row * size);
  return { values, vectors: rows };
}
