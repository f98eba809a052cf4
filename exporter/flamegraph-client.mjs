// Runs in the browser, inside the page of flamegraph-page.ts: zoom by click, search, what is under the pointer. No dependencies.
const graph = document.getElementById('graph');
const detail = document.getElementById('detail');
const search = document.getElementById('search');
const reset = document.getElementById('reset');
const boxes = [...graph.querySelectorAll('svg')].map((element) => ({
  element,
  text: element.querySelector('text'),
  title: element.querySelector('title').textContent,
  name: element.querySelector('text').textContent,
  start: Number(element.dataset.start),
  width: Number(element.dataset.width),
  depth: Number(element.dataset.depth),
}));
const all = boxes[0];
const MIN_TEXT_PIXELS = 28;
const hint = detail.textContent;
let zoomed = all;

/** Shares come from the same divisions in another order: equal ones differ in the last digits. */
const within = (inner, outer) =>
  inner.start >= outer.start - 1e-9 &&
  inner.start + inner.width <= outer.start + outer.width + 1e-9;

function draw() {
  const pixels = graph.clientWidth;
  for (const box of boxes) {
    const below = box.depth >= zoomed.depth && within(box, zoomed);
    const above = box.depth < zoomed.depth && within(zoomed, box);
    box.element.toggleAttribute('hidden', !below && !above);
    box.element.classList.toggle('above', above);
    const start = above ? 0 : (box.start - zoomed.start) / zoomed.width;
    const width = above ? 1 : box.width / zoomed.width;
    box.element.setAttribute('x', `${start * 100}%`);
    box.element.setAttribute('width', `${width * 100}%`);
    box.text.toggleAttribute('hidden', width * pixels < MIN_TEXT_PIXELS);
  }
  reset.disabled = zoomed === all;
}

function zoom(box) {
  zoomed = box;
  draw();
}

/** Boxes inside one another count once: the share is of samples that have the text anywhere in their stack. */
function find() {
  const wanted = search.value.trim().toLowerCase();
  const hits = wanted === '' ? [] : boxes.filter(({ name }) => name.toLowerCase().includes(wanted));
  for (const box of boxes) box.element.classList.toggle('hit', hits.includes(box));
  const outermost = hits.filter(
    (box) => !hits.some((other) => other.depth < box.depth && within(box, other)),
  );
  const share = outermost.reduce((sum, { width }) => sum + width, 0);
  detail.textContent =
    wanted === ''
      ? hint
      : `${hits.length} boxes match, in ${(share * 100).toFixed(1)} % of the samples`;
}

const boxOf = (event) => boxes.find(({ element }) => element === event.target.closest('svg svg'));
graph.addEventListener('click', (event) => zoom(boxOf(event) ?? zoomed));
graph.addEventListener('mouseover', (event) => {
  detail.textContent = boxOf(event)?.title ?? hint;
});
graph.addEventListener('mouseleave', find);
search.addEventListener('input', find);
reset.addEventListener('click', () => zoom(all));
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') zoom(all);
});
window.addEventListener('resize', draw);
draw();
