// Folded stacks → the boxes of a flame graph, as shares of the whole width, outermost function on top. Pure.

/** Narrower boxes are less than a pixel on the widest screen, and browsers handle some thousands of boxes well. */
const MIN_RATIO = 0.0005;
const MAX_BOXES = 4_000;

export interface FlameBox {
  readonly name: string;
  readonly depth: number;
  /** Left edge and width, 0–1 of the whole. */
  readonly start: number;
  readonly width: number;
  readonly samples: number;
}

export interface FlameLayout {
  /** Parents before their children; the first one is everything. */
  readonly boxes: readonly FlameBox[];
  readonly samples: number;
  readonly depth: number;
  /** Boxes that are too narrow or too many to be drawn. */
  readonly omitted: number;
}

interface Node {
  samples: number;
  readonly children: Map<string, Node>;
}

/** @param stacks `outermost;…;innermost` → samples. Callees of one function stand next to each other, most samples first. */
export function layOutFlames(stacks: ReadonlyMap<string, number>): FlameLayout {
  const root = toTree(stacks);
  if (root.samples === 0) return { boxes: [], samples: 0, depth: 0, omitted: 0 };
  const boxes: FlameBox[] = [];
  let omitted = 0;
  // Breadth first, so that the bound cuts the deepest boxes and not the last branches.
  let level = [{ name: 'all', node: root, start: 0 }];
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const { name, node, start } of level) {
      const width = node.samples / root.samples;
      if (width < MIN_RATIO || boxes.length >= MAX_BOXES) {
        omitted += 1;
        continue;
      }
      boxes.push({ name, depth, start, width, samples: node.samples });
      next.push(...placeChildren(node, start, root.samples));
    }
    level = next;
  }
  const depth = boxes.reduce((deepest, box) => Math.max(deepest, box.depth + 1), 0);
  return { boxes, samples: root.samples, depth, omitted };
}

function toTree(stacks: ReadonlyMap<string, number>): Node {
  const root: Node = { samples: 0, children: new Map() };
  for (const [stack, samples] of stacks) {
    root.samples += samples;
    let node = root;
    for (const name of stack.split(';')) {
      const child = node.children.get(name) ?? { samples: 0, children: new Map() };
      node.children.set(name, child);
      child.samples += samples;
      node = child;
    }
  }
  return root;
}

function placeChildren(parent: Node, left: number, total: number) {
  let start = left;
  return [...parent.children]
    .sort(([a, x], [b, y]) => y.samples - x.samples || (a < b ? -1 : 1))
    .map(([name, node]) => {
      const placed = { name, node, start };
      start += node.samples / total;
      return placed;
    });
}
