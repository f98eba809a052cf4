// Covariance that outliers hardly move, and the transform that makes correlated columns independent with variance 1.

/** Rows of equally many columns, one row after another. */
export interface Rows {
  readonly columns: number;
  readonly count: number;
  readonly values: Float64Array;
}

/** A linear map of a row: `triangle · (row − centre)`, with `triangle` lower triangular, row-major. */
export interface Whitening {
  readonly centre: Float64Array;
  readonly triangle: Float64Array;
}

/** The mean of each column. O(rows · columns). */
export function columnMeans({ columns, count, values }: Rows): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < columns; j++) means[j]! += values[i * columns + j]! / count;
  return means;
}

/**
 * The covariance (divided by n), row-major. `stride` is the distance between rows in `values`, at least 1 column: a stride
 * below `columns` gives overlapping rows, such as the windows of a series. O(rows · columns² / 2).
 */
export function covariance(rows: Rows, centre: Float64Array, stride = rows.columns): Float64Array {
  const { columns, count, values } = rows;
  const result = new Float64Array(columns * columns);
  const row = new Float64Array(columns);
  for (let r = 0; r < count; r++) {
    for (let j = 0; j < columns; j++) row[j] = values[r * stride + j]! - centre[j]!;
    for (let i = 0; i < columns; i++) {
      const x = row[i]! / count;
      if (x === 0) continue;
      for (let j = 0; j <= i; j++) result[i * columns + j]! += x * row[j]!;
    }
  }
  for (let i = 0; i < columns; i++)
    for (let j = 0; j < i; j++) result[j * columns + i] = result[i * columns + j]!;
  return result;
}

/**
 * Whitening by the inverse Cholesky factor: the squared length of a whitened row is its squared Mahalanobis distance with
 * `ridge` added to the diagonal, which must be positive so that constant columns do not divide by zero. O(columns³ / 3).
 * @throws RangeError when the ridge is not positive or the matrix is not a covariance.
 */
export function whitening(matrix: Float64Array, centre: Float64Array, ridge: number): Whitening {
  if (!(ridge > 0)) throw new RangeError(`a ridge of ${ridge}: expected a positive number`);
  const size = centre.length;
  const factor = cholesky(matrix, size, ridge);
  const triangle = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    triangle[column * size + column] = 1 / factor[column * size + column]!;
    for (let i = column + 1; i < size; i++) {
      let sum = 0;
      for (let k = column; k < i; k++) sum += factor[i * size + k]! * triangle[k * size + column]!;
      triangle[i * size + column] = -sum / factor[i * size + i]!;
    }
  }
  return { centre, triangle };
}

function cholesky(matrix: Float64Array, size: number, ridge: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
      if (i === j && !(sum > 0)) throw new RangeError(`column ${i} has a pivot of ${sum}`);
      factor[i * size + j] = i === j ? Math.sqrt(sum) : sum / factor[j * size + j]!;
    }
  return factor;
}

/** The whitened row. O(columns² / 2). */
export function whiten({ centre, triangle }: Whitening, row: Float64Array): Float64Array {
  const size = centre.length;
  const result = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += triangle[i * size + j]! * (row[j]! - centre[j]!);
    result[i] = sum;
  }
  return result;
}

/** The transposed map of a whitened row: `triangleᵀ · white`, so that (row − centre) · result is the squared distance. */
export function unwhiten({ centre, triangle }: Whitening, white: Float64Array): Float64Array {
  const size = centre.length;
  const result = new Float64Array(size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) result[j]! += triangle[i * size + j]! * white[i]!;
  return result;
}
