// Numbers in the kernel's text files.

/** A finite number ≥ 0. @throws {Error} naming the place, because a silent NaN or 0 would be a lie. */
export function kernelNumber(text: string | undefined, place: string): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new Error(`Cannot parse ${place}: expected a number, got ${JSON.stringify(text ?? '')}`);
  }
  return value;
}
