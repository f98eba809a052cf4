// What the models of the augurs library need, once its WebAssembly was loaded; this folder loads nothing itself.
import type { MSTL } from '@bsull/augurs/mstl';
import type { Prophet } from '@bsull/augurs/prophet';

/** The constructors of `@bsull/augurs`, ready to use: whoever runs the models loads the modules and hands them in. */
export interface Augurs {
  readonly MSTL: typeof MSTL;
  readonly Prophet: typeof Prophet;
}

/** Gives a model's memory back. After a trap the module may refuse even this; the worker is renewed in time. */
export function release(model: { free(): void }): void {
  try {
    model.free();
  } catch {
    // Nothing is left to free.
  }
}
