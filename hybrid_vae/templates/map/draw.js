// The picture: points, what lies over them, and the names of clusters.

const base = $('points'), over = $('marks'), brush = base.getContext('2d'), pen = over.getContext('2d');
let W = 1, H = 1, ratio = 1;
const look = { scale: 1, x: 0, y: 0 }; // screen = (x + scale*X, y + scale*Y)
let drawn = { ...look }, cost = 0, waiting = 0, settle = 0, touched = false; // touched: moved by hand since the whole was last shown
const sx = g => look.x + look.scale * X[g], sy = g => look.y + look.scale * Y[g];
const EDGE = 34, TOOLS = 64; // room around the points, and for the tools above them

function extent() { // of what is shown: left, top, width, height
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (const g of state.rep.members) if (isShown[g]) { left = Math.min(left, X[g]); right = Math.max(right, X[g]); top = Math.min(top, Y[g]); bottom = Math.max(bottom, Y[g]); }
  return left > right ? [0, 0, 1, 1] : [left, top, Math.max(right - left, .02), Math.max(bottom - top, .02)];
}
let whole = [0, 0, 1, 1];
const fitScale = () => Math.max(20, Math.min((W - 2 * EDGE) / whole[2], (H - EDGE - TOOLS) / whole[3]));

let turned = false; // the picture lies on its side where it fits the window better so: its axes mean nothing
function turnPicture() {
  for (const g of state.rep.members) [X[g], Y[g]] = [Y[g], X[g]];
  turned = !turned;
  fillCells();
}

function fit() {
  whole = extent(); touched = false;
  const wide = W - 2 * EDGE, high = H - EDGE - TOOLS;
  if (Math.min(wide / whole[3], high / whole[2]) > 1.15 * Math.min(wide / whole[2], high / whole[3])) { turnPicture(); whole = extent(); }
  look.scale = fitScale();
  look.x = W / 2 - look.scale * (whole[0] + whole[2] / 2);
  look.y = (TOOLS + H - EDGE) / 2 - look.scale * (whole[1] + whole[3] / 2);
  refresh();
}

let many = 1; // tracks in sight when the whole is shown
function radius() {
  const resting = Math.min(6.5, Math.max(1.7, .13 * Math.sqrt(W * H / Math.max(many, 1))));
  return Math.min(11, resting * Math.max(1, look.scale / fitScale()) ** .4);
}

const turn = (points, a) => points.map(([x, y]) => [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)]);
const around = (corners, radius) => Array.from({ length: corners }, (_, i) => [radius(i) * Math.cos(2 * Math.PI * (i / corners - .25)), radius(i) * Math.sin(2 * Math.PI * (i / corners - .25))]);
const cross = (t, l) => [[-t, -l], [t, -l], [t, -t], [l, -t], [l, t], [t, t], [t, l], [-t, l], [-t, t], [-l, t], [-l, -t], [-t, -t]];
const SHAPES = { // outlines around 0 of about the same area, by the names that the figures use
  'o': around(32, () => 1),
  's': [[-.88, -.88], [.88, -.88], [.88, .88], [-.88, .88]],
  '^': [[0, -1.2], [1.15, .85], [-1.15, .85]],
  'v': [[0, 1.2], [1.15, -.85], [-1.15, -.85]],
  'D': [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
  'P': cross(.42, 1.2),
  'X': turn(cross(.42, 1.25), Math.PI / 4),
  '*': around(10, i => i % 2 ? .55 : 1.35),
  'x': turn(cross(.2, 1.2), Math.PI / 4),
  '+': cross(.2, 1.2),
};

function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i], [bx, by] = polygon[j];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

const dark = () => document.documentElement.dataset.theme === 'dark';
const colourOf = category => dark() ? category.dark : category.light;
const styles = new Map(); // colours of the page, asked for once: asking makes the browser lay everything out
function style(name) {
  if (!styles.has(name)) styles.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return styles.get(name);
}
const FONT = `12px ${getComputedStyle(document.body).fontFamily}`;
const channels = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const darker = hex => '#' + channels(hex).map(c => Math.round(.55 * c).toString(16).padStart(2, '0')).join('');
const edgeOf = colour => dark() ? '#0b0d10' : darker(colour);

// ---------------------------------------------------------------- points

// Points are written into the pixels of one image: one call for each point would take ten times as long without a graphics card.
let frame = null, pixels = null;
const stamps = new Map();
function stamp(shape, fill, edge, r) { // a marker as a list of pixels, each with its colour and how much of it is covered
  const key = `${shape} ${fill} ${edge} ${r}`;
  if (stamps.has(key)) return stamps.get(key);
  const outline = SHAPES[shape] || SHAPES.o, R = r * ratio, half = Math.ceil(1.45 * R) + 1, core = edge && R > 2.2 ? 1 - Math.min(.28, .9 / R) : 1;
  const [inner, outer] = [channels(fill), channels(edge || fill)], offsets = [], colours = [], S = 4;
  for (let y = -half; y <= half; y++) for (let x = -half; x <= half; x++) {
    let covered = 0, sum = [0, 0, 0];
    for (let i = 0; i < S * S; i++) {
      const u = (x + ((i % S) + .5) / S - .5) / R, v = (y + (Math.floor(i / S) + .5) / S - .5) / R;
      if (!inside(outline, u, v)) continue;
      const from = inside(outline, u / core, v / core) ? inner : outer;
      covered++; sum = sum.map((c, j) => c + from[j]);
    }
    if (!covered) continue;
    const [red, green, blue] = sum.map(c => Math.round(c / covered));
    offsets.push(x, y); colours.push((Math.round(255 * covered / (S * S)) << 24 | blue << 16 | green << 8 | red) >>> 0);
  }
  stamps.set(key, { half, offsets: Int32Array.from(offsets), colours: Uint32Array.from(colours), steps: Int32Array.from(colours, (_, i) => offsets[2 * i + 1] * base.width + offsets[2 * i]) });
  return stamps.get(key);
}

function blend(top, under) { // a pixel laid over another
  const a = top >>> 24, b = ((under >>> 24) * (255 - a) / 255) | 0, sum = a + b;
  const red = ((top & 255) * a + (under & 255) * b) / sum, green = ((top >>> 8 & 255) * a + (under >>> 8 & 255) * b) / sum, blue = ((top >>> 16 & 255) * a + (under >>> 16 & 255) * b) / sum;
  return (sum << 24 | blue << 16 | green << 8 | red) >>> 0;
}

function press(made, x, y) { // write a marker into the image
  const w = base.width, h = base.height, cx = Math.round(x * ratio), cy = Math.round(y * ratio), { half, steps, colours, offsets } = made;
  if (!(cx > -half && cy > -half && cx < w + half && cy < h + half)) return; // outside, or nowhere
  const entire = cx >= half && cy >= half && cx < w - half && cy < h - half, start = cy * w + cx;
  for (let i = 0; i < colours.length; i++) {
    if (!entire) { const px = cx + offsets[2 * i], py = cy + offsets[2 * i + 1]; if (px < 0 || py < 0 || px >= w || py >= h) continue; }
    const at = start + steps[i], under = pixels[at], top = colours[i];
    pixels[at] = under === 0 || top >= 0xff000000 ? top : blend(top, under);
  }
}

function categoriesShown() {
  const column = shownColumn();
  return column ? column.categories : [{ name: '', light: '#5a6473', dark: '#a3adba', shape: 'o' }];
}

function drawPoints() {
  waiting = 0;
  const begun = performance.now(), r = Math.round(4 * radius()) / 4, some = state.selected.length > 0;
  const bright = categoriesShown().map(c => stamp(c.shape, colourOf(c), edgeOf(colourOf(c)), r)), pale = style('--faded');
  const faded = some ? categoriesShown().map(c => stamp(c.shape, pale, null, Math.max(1.25, .75 * r))) : null;
  base.style.transform = '';
  drawn = { ...look };
  if (!frame || frame.width !== base.width || frame.height !== base.height) {
    frame = brush.createImageData(base.width, base.height);
    pixels = new Uint32Array(frame.data.buffer);
  }
  pixels.fill(0);
  if (some) for (const g of state.rep.members) if (isShown[g] && !isSelected[g]) press(faded[shade[g]], sx(g), sy(g));
  for (const g of some ? state.selected : state.rep.members) if (isShown[g]) press(bright[shade[g]], sx(g), sy(g));
  brush.putImageData(frame, 0, 0);
  state.cost = cost = performance.now() - begun;
}

// ---------------------------------------------------------------- rings, lines, titles

function ring(g, r, weight, dash = []) {
  if (g === NOWHERE || !isShown[g]) return;
  pen.setLineDash(dash);
  for (const [extra, colour] of [[weight + 2, style('--paper')], [weight, style('--ring')]]) {
    pen.lineWidth = extra; pen.strokeStyle = colour;
    pen.beginPath(); pen.arc(sx(g), sy(g), r, 0, 2 * Math.PI); pen.stroke();
  }
  pen.setLineDash([]);
}

function line(points, weight, colour) {
  pen.lineWidth = weight; pen.strokeStyle = colour; pen.lineJoin = 'round';
  pen.beginPath(); points.forEach(([x, y], i) => i ? pen.lineTo(x, y) : pen.moveTo(x, y)); pen.stroke();
}

function drawMarks() { // what lies over the points: rings, lines to neighbours, the path, the lasso
  const r = radius(), near = neighboursOf(state.cursor)?.filter(g => isShown[g]), path = state.path.filter(g => isShown[g]);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, W, H);
  if (path.length > 1) {
    const way = path.map(g => [sx(g), sy(g)]);
    line(way, 5, style('--paper')); line(way, 2.5, style('--accent'));
    for (const g of path) ring(g, r + 1.5, 1.5);
  } else if (near && isShown[state.cursor]) {
    for (const g of near) line([[sx(state.cursor), sy(state.cursor)], [sx(g), sy(g)]], 1, style('--quiet'));
    for (const g of near) ring(g, r + 2.5, 1.2);
  }
  ring(state.hover, r + 3, 1.5);
  ring(state.cursor, r + 5, 2.5);
  ring(state.playing, r + 9, 2, [3, 3]);
  drawTitles(r);
  if (drag && drag.path) {
    const p = outline();
    pen.lineWidth = 1.5; pen.strokeStyle = style('--accent'); pen.fillStyle = style('--accent') + '22'; pen.setLineDash([5, 4]);
    pen.beginPath(); p.forEach(([x, y], i) => i ? pen.lineTo(x, y) : pen.moveTo(x, y));
    pen.closePath(); pen.fill('evenodd'); pen.stroke(); pen.setLineDash([]);
  }
}

let taken = []; // rectangles that names have: left, top, right, bottom
const isFree = ([a, b, c, d]) => taken.every(([e, f, g, h]) => c < e || a > g || d < f || b > h);
const TITLES = 70; // tracks in sight up to which each has its title beside it
function drawTitles(r) {
  if (!state.names || look.scale < 1.5 * fitScale()) return;
  const sight = [];
  for (const g of state.rep.members) if (isShown[g] && sx(g) > 0 && sx(g) < W && sy(g) > 0 && sy(g) < H) { sight.push(g); if (sight.length > TITLES) return; }
  const kept = taken;
  taken = [...taken];
  pen.font = FONT; pen.textBaseline = 'middle'; pen.lineWidth = 3; pen.strokeStyle = style('--paper'); pen.fillStyle = style('--ink');
  for (const g of sight) {
    const text = titleOf(g).length > 32 ? `${titleOf(g).slice(0, 31)}…` : titleOf(g), x = sx(g) + r + 4, y = sy(g), box = [x, y - 8, x + pen.measureText(text).width, y + 8];
    if (box[2] > W || !isFree(box)) continue;
    taken.push(box);
    pen.strokeText(text, x, y); pen.fillText(text, x, y);
  }
  taken = kept;
}

// ---------------------------------------------------------------- names of clusters

const tags = new Map(); // cluster -> its element on the map
function median(values) { return values.sort((a, b) => a - b)[values.length >> 1]; }

function anchors() { // where names belong: the middle of what is in sight of each cluster, at a point of it, largest first
  const groups = new Map(), step = Math.max(1, Math.floor(state.rep.members.length / 4000));
  for (let i = 0; i < state.rep.members.length; i += step) {
    const g = state.rep.members[i], x = sx(g), y = sy(g);
    if (!isShown[g] || x < 0 || y < 0 || x > W || y > H) continue;
    const c = clusterOf(g);
    if (!groups.has(c)) groups.set(c, []);
    groups.get(c).push(g);
  }
  return [...groups].sort((a, b) => b[1].length - a[1].length).map(([c, inside]) => {
    const u = median(Float32Array.from(inside, g => X[g])), v = median(Float32Array.from(inside, g => Y[g]));
    let best = inside[0], least = Infinity;
    for (const g of inside) { const d = (X[g] - u) ** 2 + (Y[g] - v) ** 2; if (d < least) { least = d; best = g; } }
    return [c, best, inside];
  });
}

function label(value) { // the element of a name: text that lets the pointer through, and a button to change it
  if (!tags.has(value)) {
    const made = element('div', undefined, { class: 'name' });
    made.append(element('span', '', { dir: 'auto' }), element('br'), element('small', '', { dir: 'auto' }), ' ', pressable('✎', () => rename(value), { class: 'pencil' }));
    tags.set(value, made);
    $('names').append(made);
  }
  const made = tags.get(value), text = clusterName(value) || `Cluster ${value}`;
  if (made.dataset.text !== text) {
    made.dataset.text = text;
    const [first, ...rest] = text.split(/ · (?=[^·]*$)/); // what is sung in the first line, what is heard in the second
    made.querySelector('span').textContent = first[0].toUpperCase() + first.slice(1);
    made.querySelector('small').textContent = rest.join();
    made.querySelector('br').hidden = !rest.length;
    made.querySelector('button').setAttribute('aria-label', `Change the name “${text}”`);
    made.querySelector('button').title = 'Change this name';
    made.size = null;
  }
  made.size ||= [made.offsetWidth, made.offsetHeight];
  return made;
}

function spotFor([w, h], g, inside) { // where a name covers fewest points: at the middle of its cluster, or at one of its four sides
  const r = radius() + 2, x = sx(g), y = sy(g), xs = inside.map(sx), ys = inside.map(sy);
  const [left, right, top, bottom] = [xs, ys].flatMap(values => { values.sort((a, b) => a - b); return [values[Math.floor(.03 * values.length)], values[Math.floor(.97 * (values.length - 1))]]; });
  const spots = [[x - w / 2, y - h - r], [x - w / 2, y + r], [x + r, y - h / 2], [x - w - r, y - h / 2], [x - w / 2, top - h - r], [x - w / 2, bottom + r], [right + r, y - h / 2], [left - w - r, y - h / 2]];
  let best = null, least = Infinity;
  for (const spot of spots) {
    const a = Math.max(4, Math.min(W - w - 4, spot[0])), b = Math.max(TOOLS - 14, Math.min(H - h - 4, spot[1])), moved = Math.hypot(a + w / 2 - x, b + h / 2 - y);
    if (!isFree([a, b, a + w, b + h])) continue;
    const price = countIn(a, b, a + w, b + h) * Math.min(1, 60 / inside.length) + moved / 45;
    if (price < least) { least = price; best = [a, b]; }
  }
  return best;
}

function drawNames() { // as many as there is room for, the largest clusters first; zooming in makes room for more
  taken = [[0, 0, 480, TOOLS - 10]]; // the tools
  const shown = new Set(), editing = $('names').querySelector('input');
  if (state.names && state.rep.clusters) for (const [value, g, inside] of anchors()) {
    const spot = spotFor(label(value).size, g, inside);
    if (!spot) continue;
    const made = label(value), [w, h] = made.size;
    taken.push([spot[0], spot[1], spot[0] + w, spot[1] + h]);
    Object.assign(made, { anchor: g, away: [spot[0] - sx(g), spot[1] - sy(g)] });
    shown.add(value);
  }
  for (const [value, made] of tags) made.classList.toggle('away', !shown.has(value) && !made.contains(editing));
  moveNames();
}
function moveNames() { // with the points that they are bound to
  for (const made of tags.values()) if (made.anchor !== undefined) made.style.transform = `translate(${Math.round(sx(made.anchor) + made.away[0])}px,${Math.round(sy(made.anchor) + made.away[1])}px)`;
}

function rename(value) { // edit a name in place
  const made = tags.get(value), before = clusterName(value), input = element('input', undefined, { type: 'text', 'aria-label': 'Name of the cluster', maxlength: 80 });
  let open = true;
  const close = keep => {
    if (!open) return;
    open = false;
    input.remove(); made.classList.remove('editing'); made.size = null;
    if (keep && input.value.trim() !== before) keepName(value, input.value.trim());
    soon(); over.focus();
  };
  input.value = before;
  input.addEventListener('keydown', event => { event.stopPropagation(); if (event.key === 'Enter') close(true); if (event.key === 'Escape') close(false); });
  input.addEventListener('blur', () => close(true));
  made.classList.add('editing'); made.append(input);
  input.focus(); input.select();
}

// ---------------------------------------------------------------- when to draw

function refresh(everything = true, moving = false) { // at most one drawing a frame; a slow machine moves the last picture first
  if (everything && cost > 12 && moving) {
    const f = look.scale / drawn.scale;
    base.style.transform = `matrix(${f},0,0,${f},${look.x - f * drawn.x},${look.y - f * drawn.y})`;
    clearTimeout(settle); settle = setTimeout(() => { if (!waiting) waiting = requestAnimationFrame(drawPoints); soon(); }, 120);
  } else if (everything && !waiting) waiting = requestAnimationFrame(drawPoints);
  soon(everything || !namesDone, cost > 12 && moving);
  writeAddress();
}
let soonWait = 0, namesDone = true;
function soon(names = true, moving = false) { // names find new places when the picture has come to rest
  if (names && !moving) namesDone = false;
  soonWait ||= requestAnimationFrame(() => {
    const begun = performance.now();
    soonWait = 0;
    if (!namesDone) { namesDone = true; drawNames(); } else moveNames();
    drawMarks();
    state.work = performance.now() - begun;
  });
}

function resize() {
  const room = $('map').getBoundingClientRect(), [w, h] = [W, H];
  W = Math.max(1, room.width); H = Math.max(1, room.height); ratio = window.devicePixelRatio || 1;
  for (const canvas of [base, over]) { canvas.width = Math.round(W * ratio); canvas.height = Math.round(H * ratio); }
  stamps.clear();
  if (!touched || w === 1) { const [x, y, scale] = waitingLook || []; fit(); if (waitingLook) { Object.assign(look, centred(x, y, scale)); touched = true; waitingLook = null; refresh(); } }
  else { look.x += (W - w) / 2; look.y += (H - h) / 2; refresh(); }
}
let waitingLook = null; // a view from the address, until the size is known
const centred = (u, v, zoomed) => { const scale = zoomed * fitScale(), [x, y] = upright(u, v); return { scale, x: W / 2 - scale * x, y: H / 2 - scale * y }; };

function zoom(factor, x = W / 2, y = H / 2, moving = false) {
  const least = .5 * fitScale(), most = 200 * fitScale();
  factor = Math.min(most, Math.max(least, look.scale * factor)) / look.scale;
  look.x = x - factor * (x - look.x); look.y = y - factor * (y - look.y); look.scale *= factor;
  touched = true;
  refresh(true, moving);
}

function reveal(g) { // move the map so that a track is in sight
  const x = sx(g), y = sy(g), edge = 40;
  if (Number.isNaN(x)) return;
  const right = Math.max(0, edge - x) - Math.max(0, x - W + edge), down = Math.max(0, edge - y) - Math.max(0, y - H + edge);
  if (!right && !down) return;
  look.x += right; look.y += down; touched = true;
  refresh();
}

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
let flight = 0;
function fly(from) { // tracks move from one picture to the next, so that the eye can follow them
  const to = [X.slice(), Y.slice()], begun = performance.now();
  const step = now => {
    const t = Math.min(1, Math.max(0, (now - begun) / 500)), f = t * t * (3 - 2 * t);
    for (let g = 0; g < n; g++) for (const [axis, k] of [[X, 0], [Y, 1]]) axis[g] = Number.isNaN(from[k][g]) ? to[k][g] : from[k][g] + f * (to[k][g] - from[k][g]);
    drawPoints(); drawMarks();
    if (t < 1) flight = requestAnimationFrame(step); else { flight = 0; drawNames(); }
  };
  cancelAnimationFrame(flight);
  flight = requestAnimationFrame(step);
}
