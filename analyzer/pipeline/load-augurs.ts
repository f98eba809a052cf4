// Loads the WebAssembly of the augurs library for the thread that runs the models.
import { readFileSync } from 'node:fs';
import { initSync as initMstl, MSTL } from '@bsull/augurs/mstl';
import { initSync as initProphet, Prophet } from '@bsull/augurs/prophet';
import type { Augurs } from '../forecast/augurs.ts';

/** Reads and compiles some 2 MB: only for signals whose settings ask for these models. @throws when a file is missing. */
export function loadAugurs(): Augurs {
  initMstl({ module: moduleOf('mstl') });
  initProphet({ module: moduleOf('prophet') });
  return { MSTL, Prophet };
}

/** The same, when first asked and then once. */
export function createAugursLoader(): () => Augurs {
  let loaded: Augurs | undefined;
  return () => {
    loaded ??= loadAugurs();
    return loaded;
  };
}

function moduleOf(name: string): Uint8Array<ArrayBuffer> {
  const entry = import.meta.resolve(`@bsull/augurs/${name}`);
  return new Uint8Array(readFileSync(new URL(`${name}_bg.wasm`, entry)));
}
