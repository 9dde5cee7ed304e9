// Mouse, fingers and keys.

const fingers = new Map();
let drag = null;
const at = event => { const room = over.getBoundingClientRect(); return [event.clientX - room.left, event.clientY - room.top]; };

const CELLS = 128; // a grid over the picture, so that few tracks are looked at to find the one under a pointer
let cells = null;
function fillCells() {
  const cell = v => Math.min(CELLS - 1, Math.floor(v * CELLS)), starts = new Uint32Array(CELLS * CELLS + 1), order = new Uint32Array(state.rep.members.length);
  for (const g of state.rep.members) starts[cell(Y[g]) * CELLS + cell(X[g]) + 1]++;
  for (let c = 1; c < starts.length; c++) starts[c] += starts[c - 1];
  const next = starts.slice();
  for (const g of state.rep.members) order[next[cell(Y[g]) * CELLS + cell(X[g])]++] = g;
  cells = { starts, order };
}
function nearestTo(x, y, reach) { // the track under a pointer
  let best = NOWHERE, least = reach * reach;
  const bound = v => Math.max(0, Math.min(CELLS - 1, Math.floor(v * CELLS)));
  const [left, right, top, bottom] = [bound((x - reach - look.x) / look.scale), bound((x + reach - look.x) / look.scale), bound((y - reach - look.y) / look.scale), bound((y + reach - look.y) / look.scale)];
  for (let row = top; row <= bottom; row++) for (let i = cells.starts[row * CELLS + left]; i < cells.starts[row * CELLS + right + 1]; i++) {
    const g = cells.order[i], d = (sx(g) - x) ** 2 + (sy(g) - y) ** 2;
    if (d < least && isShown[g]) { least = d; best = g; }
  }
  return best;
}

function countIn(left, top, right, bottom) { // points in a rectangle, by whole cells
  const bound = v => Math.max(0, Math.min(CELLS - 1, Math.floor(v * CELLS)));
  const [a, c, b, d] = [bound((left - look.x) / look.scale), bound((right - look.x) / look.scale), bound((top - look.y) / look.scale), bound((bottom - look.y) / look.scale)];
  let sum = 0;
  for (let row = b; row <= d; row++) sum += cells.starts[row * CELLS + c + 1] - cells.starts[row * CELLS + a];
  return sum;
}

function outline() { // corners of the box or lasso being drawn
  if (state.mode === 'lasso') return drag.path;
  const [[a, b], [c, d]] = [drag.path[0], drag.path[drag.path.length - 1]];
  return [[a, b], [c, b], [c, d], [a, d]];
}

over.addEventListener('pointerdown', event => {
  if (event.button) return;
  const [x, y] = at(event);
  fingers.set(event.pointerId, [x, y]);
  try { over.setPointerCapture(event.pointerId); } catch (error) { /* the pointer is gone already */ }
  if (fingers.size === 1) drag = { from: [x, y], moved: false, path: null, look: { ...look }, type: event.pointerType, more: event.shiftKey || event.ctrlKey || event.metaKey };
  else drag = drag && { ...drag, moved: true, path: null, pinch: true };
  $('hint').hidden = true;
});

over.addEventListener('pointermove', event => {
  const [x, y] = at(event);
  if (!fingers.has(event.pointerId)) { if (event.pointerType === 'mouse') hover(x, y); return; }
  const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, p]) => p), [px, py] = fingers.get(event.pointerId);
  fingers.set(event.pointerId, [x, y]);
  if (!drag) return;
  if (others.length) { // two fingers: zoom about the other one
    const [ox, oy] = others[0], factor = Math.hypot(x - ox, y - oy) / (Math.hypot(px - ox, py - oy) || 1);
    look.x += (x - px) / 2; look.y += (y - py) / 2;
    zoom(factor, (x + ox) / 2, (y + oy) / 2, true);
    return;
  }
  if (drag.pinch) return;
  if (!drag.moved && Math.hypot(x - drag.from[0], y - drag.from[1]) < (drag.type === 'mouse' ? 4 : 9)) return;
  if (!drag.moved && state.mode !== 'move') drag.path = [drag.from];
  drag.moved = true;
  if (drag.path) { drag.path.push([x, y]); refresh(false); }
  else { look.x = drag.look.x + x - drag.from[0]; look.y = drag.look.y + y - drag.from[1]; touched = true; refresh(true, true); }
});

function lift(event) {
  if (!fingers.delete(event.pointerId) || fingers.size) return;
  const done = drag, [x, y] = at(event);
  if (done && done.path && event.type === 'pointerup') {
    const area = outline(), found = [];
    for (const g of state.rep.members) if (isShown[g] && inside(area, sx(g), sy(g))) found.push(g);
    drag = null;
    select(found, $('add').checked || done.more);
    if (found.length) showTab('list');
  } else if (done && !done.moved && event.type === 'pointerup') {
    const g = nearestTo(x, y, Math.max(radius() + 3, done.type === 'mouse' ? 8 : 20));
    drag = null;
    if (g !== NOWHERE && done.more) toggle(g);
    else if (g !== NOWHERE) { if (state.from === NOWHERE) showTab('track'); pick(g); }
  }
  drag = null;
  refresh();
}
over.addEventListener('pointerup', lift);
over.addEventListener('pointercancel', lift);
over.addEventListener('pointerleave', () => hover(NaN, NaN));
$('map').addEventListener('wheel', event => { event.preventDefault(); zoom(1.0015 ** -(event.deltaY * (event.deltaMode ? 30 : 1)), ...at(event), true); }, { passive: false });

function hover(x, y) {
  const g = Number.isNaN(x) ? NOWHERE : nearestTo(x, y, radius() + 4);
  over.classList.toggle('pointing', g !== NOWHERE);
  if (g !== state.hover) { state.hover = g; describe(g); hear(g); soon(false); }
}

function describe(g) { // what is known about a track, beside it
  const hint = $('hint'), column = shownColumn();
  hint.hidden = g === NOWHERE;
  if (g === NOWHERE) return;
  const language = columnOf('language');
  const parts = [element('b', titleOf(g), { dir: 'auto' }), ...[artistOf(g), language ? writtenOf(language, g) : ''].filter(Boolean).map(text => element('span', text, { dir: 'auto' }))];
  if (data.lines[g]) parts.push(element('i', `“${data.lines[g]}”`, { dir: 'auto' }));
  if (column && !['title', 'artist', 'language'].includes(state.column)) parts.push(element('span', `${isCluster() ? 'Cluster' : column.title}: ${shownValue(g) || 'not given'}`));
  hint.replaceChildren(...parts);
  const x = sx(g), y = sy(g);
  hint.style.left = `${Math.max(4, Math.min(x + 14, W - hint.offsetWidth - 4))}px`;
  hint.style.top = `${y + 16 + hint.offsetHeight > H ? Math.max(4, y - hint.offsetHeight - 14) : y + 16}px`;
}

function step(dx, dy) { // the next track in a direction: near, and not far off to the side
  const from = state.cursor, here = from !== NOWHERE && isShown[from];
  let best = NOWHERE, least = Infinity;
  for (const g of state.rep.members) {
    if (!isShown[g]) continue;
    if (!here) { const d = Math.hypot(sx(g) - W / 2, sy(g) - H / 2); if (d < least) { least = d; best = g; } continue; }
    const x = sx(g) - sx(from), y = sy(g) - sy(from), along = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (g === from || along < 0 || along === 0 && (aside > 0 || g < from) || aside > 1.5 * along) continue;
    if (along + 2 * aside < least) { least = along + 2 * aside; best = g; }
  }
  if (best === NOWHERE) { say('There is no track further in this direction'); return; }
  choose(best); describe(best);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
over.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event, g = state.cursor;
  if (ARROWS[key]) step(...ARROWS[key]);
  else if (key === 'Enter') { if (g !== NOWHERE) pick(g); }
  else if (key === ' ') { if (g !== NOWHERE) toggle(g); }
  else if (key === '+' || key === '=') zoom(1.4);
  else if (key === '-' || key === '−') zoom(1 / 1.4);
  else if (key === '0') fit();
  else if (key === 'n') go(1);
  else if (key === 'p') go(-1);
  else if (key === 'Escape') { $('hint').hidden = true; if (state.from !== NOWHERE) askPath(NOWHERE); else { state.path = []; select([], false); } }
  else return;
  event.preventDefault();
});
over.addEventListener('blur', () => { $('hint').hidden = true; });
document.addEventListener('keydown', event => {
  if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { event.preventDefault(); $('search').focus(); }
});

function mode(name) {
  state.mode = over.dataset.mode = name;
  for (const button of $('modes').children) {
    const on = button.dataset.mode === name;
    button.setAttribute('aria-checked', String(on)); button.tabIndex = on ? 0 : -1;
  }
}
$('modes').addEventListener('click', event => { if (event.target.dataset.mode) mode(event.target.dataset.mode); });
$('modes').addEventListener('keydown', event => {
  const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!way) return;
  event.preventDefault();
  const buttons = [...$('modes').children], to = buttons[(buttons.findIndex(b => b.dataset.mode === state.mode) + way + buttons.length) % buttons.length];
  mode(to.dataset.mode); to.focus();
});
$('closer').addEventListener('click', () => zoom(1.4));
$('farther').addEventListener('click', () => zoom(1 / 1.4));
$('fit').addEventListener('click', fit);
$('naming').addEventListener('click', () => { state.names = !state.names; $('naming').setAttribute('aria-pressed', String(state.names)); soon(); });
