// A list box of thousands of rows of which only those in view are in the document. Arrows move the choice.
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';

/** Rows rendered beyond each edge, so that scrolling does not show blanks. */
const OVERSCAN = 6;

export interface VirtualListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly selected: string | undefined;
  readonly onSelect: (key: string) => void;
  /** Pixels; every row has the same. */
  readonly rowHeight: number;
  readonly renderRow: (item: T) => ReactNode;
}

export function VirtualList<T>(props: VirtualListProps<T>) {
  const { label, items, keyOf, selected, onSelect, rowHeight, renderRow } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  useEffect(() => watchSize(box.current, setView), []);
  const chosen = items.findIndex((item) => keyOf(item) === selected);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);
  const isShown = chosen >= first && chosen < last;

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const next = nextIndex(event.key, { chosen, page, count: items.length });
    const item = next === undefined ? undefined : items[next];
    if (item === undefined || next === undefined) return;
    event.preventDefault();
    onSelect(keyOf(item));
    reveal(box.current, next * rowHeight, rowHeight);
  };

  const onClick = ({ target }: MouseEvent) => {
    const row = (target as Element).closest('[aria-posinset]');
    const item = items[Number(row?.getAttribute('aria-posinset')) - 1];
    if (item !== undefined) onSelect(keyOf(item));
  };

  return (
    <div
      ref={box}
      className="list"
      role="listbox"
      aria-label={label}
      aria-activedescendant={isShown ? `${id}-${chosen}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onScroll={({ currentTarget: { scrollTop: top, clientHeight: height } }) =>
        setView({ top, height })
      }
    >
      <div role="presentation" className="list-space" style={{ height: items.length * rowHeight }}>
        {items.slice(first, last).map((item, offset) => {
          const index = first + offset;
          const key = keyOf(item);
          return (
            // The list box itself takes the keys: its options are never focused.
            <div
              key={key}
              id={`${id}-${index}`}
              className="list-row"
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              aria-setsize={items.length}
              aria-posinset={index + 1}
              style={{ top: index * rowHeight, height: rowHeight }}
            >
              {renderRow(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

type View = { readonly top: number; readonly height: number };

function watchSize(element: HTMLElement | null, setView: (view: View) => void) {
  if (element === null) return undefined;
  const observer = new ResizeObserver(() =>
    setView({ top: element.scrollTop, height: element.clientHeight }),
  );
  observer.observe(element);
  return () => observer.disconnect();
}

function nextIndex(
  key: string,
  { chosen, page, count }: { chosen: number; page: number; count: number },
): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: chosen + 1,
    ArrowUp: Math.max(0, chosen - 1),
    PageDown: chosen + page,
    PageUp: chosen - page,
    Home: 0,
    End: count - 1,
  };
  const to = moves[key];
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}

function reveal(element: HTMLElement | null, top: number, height: number): void {
  if (element === null) return;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + height > element.scrollTop + element.clientHeight)
    element.scrollTop = top + height - element.clientHeight;
}
