'use strict';
// The map of a run. All of its data is in the page; text of tracks only ever becomes text nodes, never markup.
(() => {

const $ = id => document.getElementById(id);
const data = JSON.parse($('data').textContent);
const n = data.ids.length;
const NOWHERE = -1, SELECTED_SHOWN = 200;

function unpack(text, Kind) { // base64 -> typed array
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// ---------------------------------------------------------------- tracks

for (const column of data.columns) if (column.kind === 'category') column.codes = unpack(column.codes, Uint32Array);
const columnOf = name => data.columns.find(c => c.name === name);
const valueOf = (column, g) => column.kind === 'number' ? (column.values[g] === null ? '' : String(column.values[g])) : column.values[column.codes[g]];
const named = (name, g) => { const column = columnOf(name); return column ? valueOf(column, g) : ''; };
const titleOf = g => named('title', g) || data.ids[g];
const artistOf = g => named('artist', g);
const fullName = g => artistOf(g) ? `${titleOf(g)} – ${artistOf(g)}` : titleOf(g);

const plain = text => text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLocaleLowerCase();
let haystack = null;
function find(query) { // tracks that hold every word of the query
  const words = plain(query).split(/\s+/).filter(Boolean), found = [];
  if (!haystack) haystack = data.ids.map((id, g) => plain([id, data.lines[g], ...data.columns.map(c => valueOf(c, g))].join('\n')));
  for (let g = 0; g < n; g++) if (words.every(word => haystack[g].includes(word))) found.push(g);
  return found;
}

// ---------------------------------------------------------------- what is shown

const state = { rep: null, picture: null, column: null, cursor: NOWHERE, hover: NOWHERE, playing: NOWHERE, selected: [], mode: 'move', queue: [] };
const isSelected = new Uint8Array(n);
const X = new Float32Array(n).fill(NaN), Y = new Float32Array(n).fill(NaN); // place of every track, NaN where it has none
let width = 1, height = 1; // extent of the picture

function members(rep) { // local number -> track
  if (!rep.members) {
    rep.members = rep.tracks === null ? Uint32Array.from({ length: n }, (_, g) => g) : unpack(rep.tracks, Uint32Array);
    rep.local = new Int32Array(n).fill(NOWHERE);
    rep.members.forEach((g, i) => { rep.local[g] = i; });
    rep.nearest = unpack(rep.neighbours, Uint32Array);
    if (rep.clusters) {
      rep.clusters.codes = unpack(rep.clusters.codes, Uint32Array);
      rep.clusters.name = 'cluster';
    }
  }
  return rep.members;
}

function neighboursOf(g) { // nearest tracks in the latent space, nearest first; null if the track is not in this view
  const rep = state.rep, i = rep.local[g];
  if (g === NOWHERE || i === NOWHERE) return null;
  const k = rep.nearest.length / rep.members.length;
  return Array.from(rep.nearest.subarray(i * k, i * k + k), j => rep.members[j]);
}

function place() { // read the coordinates of the chosen picture
  const at = unpack(state.rep.pictures[state.picture], Uint16Array);
  X.fill(NaN); Y.fill(NaN); width = height = 1e-6;
  members(state.rep).forEach((g, i) => {
    X[g] = at[2 * i] / 65535; Y[g] = at[2 * i + 1] / 65535;
    width = Math.max(width, X[g]); height = Math.max(height, Y[g]);
  });
}

const isCluster = () => state.column === 'cluster';
const shownColumn = () => isCluster() ? state.rep.clusters : columnOf(state.column);

function categoryOf(column, g) { // number of the colour of a track
  if (column === null || column === undefined) return 0;
  if (column.kind === 'number') {
    const v = column.values[g];
    if (v === null) return column.categories.length - 1;
    const steps = column.categories.length - 1;
    return Math.min(steps - 1, Math.floor(steps * (v - column.low) / (column.high - column.low || 1)));
  }
  if (column === state.rep.clusters) return column.category[column.codes[state.rep.local[g]]];
  return column.category[column.codes[g]];
}

const clusterOf = g => { const c = state.rep.clusters, i = state.rep.local[g]; return c && i !== NOWHERE ? c.values[c.codes[i]] : ''; };
const dark = () => document.documentElement.dataset.theme === 'dark';
const colourOf = category => dark() ? category.dark : category.light;

// ---------------------------------------------------------------- drawing

const base = $('points'), over = $('marks'), brush = base.getContext('2d'), pen = over.getContext('2d');
let W = 1, H = 1, ratio = 1;
const look = { scale: 1, x: 0, y: 0 }; // screen = (x + scale*u, y + scale*(height - v))
let drawn = { ...look }, cost = 0, waiting = 0, settle = 0;
const sx = g => look.x + look.scale * X[g], sy = g => look.y + look.scale * (height - Y[g]);
const EDGE = 26, TOOLS = 64; // room around the points, and for the tools above them
const fitScale = () => Math.max(20, Math.min((W - 2 * EDGE) / width, (H - EDGE - TOOLS) / height));

function fit() {
  look.scale = fitScale();
  look.x = (W - look.scale * width) / 2; look.y = TOOLS + (H - EDGE - TOOLS - look.scale * height) / 2;
  refresh();
}

function radius() {
  const resting = Math.min(6, Math.max(1.7, 0.13 * Math.sqrt(W * H / Math.max(state.rep.members.length, 1))));
  return Math.min(11, resting * Math.max(1, look.scale / fitScale()) ** 0.4);
}

const turn = (points, a) => points.map(([x, y]) => [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)]);
const around = (n, radius) => Array.from({ length: n }, (_, i) => [radius(i) * Math.cos(2 * Math.PI * (i / n - .25)), radius(i) * Math.sin(2 * Math.PI * (i / n - .25))]);
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

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const channels = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const darker = hex => '#' + channels(hex).map(c => Math.round(.55 * c).toString(16).padStart(2, '0')).join('');
const edgeOf = colour => dark() ? '#0b0d10' : darker(colour);

// Points are written into the pixels of one image: 20,000 calls for small pictures would take ten times as long without a graphics card.
let frame = null, pixels = null;
const stamps = new Map();
function stamp(shape, fill, edge, r) { // a marker as a list of pixels, each with its colour and how much of it is covered
  const key = `${shape} ${fill} ${edge} ${r}`;
  if (stamps.has(key)) return stamps.get(key);
  const outline = SHAPES[shape] || SHAPES.o, R = r * ratio, half = Math.ceil(1.45 * R) + 1, size = 2 * half + 1, core = edge && R > 2.2 ? 1 - Math.min(.28, .9 / R) : 1;
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
  stamps.set(key, { half, offsets, colours: Uint32Array.from(colours), steps: Int32Array.from(colours, (_, i) => offsets[2 * i + 1] * base.width + offsets[2 * i]) });
  return stamps.get(key);
}

function over255(top, under) { // a pixel laid over another
  const a = top >>> 24, b = (under >>> 24) * (255 - a) / 255, sum = a + b;
  const mix = shift => Math.round(((top >>> shift & 255) * a + (under >>> shift & 255) * b) / sum);
  return (Math.round(sum) << 24 | mix(16) << 16 | mix(8) << 8 | mix(0)) >>> 0;
}

function press(made, x, y) { // write a marker into the image
  const w = base.width, h = base.height, cx = Math.round(x * ratio), cy = Math.round(y * ratio), { half, steps, colours, offsets } = made;
  if (!(cx > -half && cy > -half && cx < w + half && cy < h + half)) return; // outside, or nowhere
  const whole = cx >= half && cy >= half && cx < w - half && cy < h - half, start = cy * w + cx;
  for (let i = 0; i < colours.length; i++) {
    if (!whole) { const px = cx + offsets[2 * i], py = cy + offsets[2 * i + 1]; if (px < 0 || py < 0 || px >= w || py >= h) continue; }
    const at = start + steps[i], under = pixels[at], top = colours[i];
    pixels[at] = under === 0 || top >>> 24 === 255 ? top : over255(top, under);
  }
}

function categoriesShown() {
  const column = shownColumn();
  return column ? column.categories : [{ name: '', light: '#5a6473', dark: '#a3adba', shape: 'o' }];
}

function drawPoints() {
  waiting = 0;
  const begun = performance.now(), r = Math.round(4 * radius()) / 4, column = shownColumn(), some = state.selected.length > 0;
  const bright = categoriesShown().map(c => stamp(c.shape, colourOf(c), edgeOf(colourOf(c)), r)), pale = style('--faded');
  const faded = some ? categoriesShown().map(c => stamp(c.shape, pale, null, Math.max(1.25, .75 * r))) : null;
  base.style.transform = '';
  drawn = { ...look };
  if (!frame || frame.width !== base.width || frame.height !== base.height) {
    frame = brush.createImageData(base.width, base.height);
    pixels = new Uint32Array(frame.data.buffer);
  }
  pixels.fill(0);
  if (some) for (const g of state.rep.members) if (!isSelected[g]) press(faded[categoryOf(column, g)], sx(g), sy(g));
  for (const g of some ? state.selected : state.rep.members) if (!Number.isNaN(X[g])) press(bright[categoryOf(column, g)], sx(g), sy(g));
  brush.putImageData(frame, 0, 0);
  state.cost = cost = performance.now() - begun;
}

function ring(g, r, weight, dash = []) {
  if (g === NOWHERE || Number.isNaN(X[g])) return;
  pen.setLineDash(dash);
  for (const [extra, colour] of [[weight + 2, style('--paper')], [weight, style('--ring')]]) {
    pen.lineWidth = extra; pen.strokeStyle = colour;
    pen.beginPath(); pen.arc(sx(g), sy(g), r, 0, 2 * Math.PI); pen.stroke();
  }
  pen.setLineDash([]);
}

function drawMarks() { // what lies over the points: rings, lines to neighbours, lasso
  const r = radius(), near = neighboursOf(state.cursor);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, W, H);
  if (near) {
    pen.lineWidth = 1; pen.strokeStyle = style('--quiet');
    for (const g of near) { pen.beginPath(); pen.moveTo(sx(state.cursor), sy(state.cursor)); pen.lineTo(sx(g), sy(g)); pen.stroke(); }
    for (const g of near) ring(g, r + 2.5, 1.2);
  }
  ring(state.hover, r + 3, 1.5);
  ring(state.cursor, r + 5, 2.5);
  if (state.playing !== NOWHERE) ring(state.playing, r + 9, 2, [3, 3]);
  if (drag && drag.path) {
    pen.lineWidth = 1.5; pen.strokeStyle = style('--accent'); pen.fillStyle = style('--accent') + '22'; pen.setLineDash([5, 4]);
    const p = outline(); pen.beginPath();
    p.forEach(([x, y], i) => i ? pen.lineTo(x, y) : pen.moveTo(x, y));
    pen.closePath(); pen.fill('evenodd'); pen.stroke(); pen.setLineDash([]);
  }
}

function refresh(everything = true) { // at most one drawing a frame; a slow machine moves the last picture first
  if (everything && cost > 16 && drag) {
    const f = look.scale / drawn.scale;
    base.style.transform = `matrix(${f},0,0,${f},${look.x - f * drawn.x},${look.y - f * drawn.y})`;
    clearTimeout(settle); settle = setTimeout(() => { if (!waiting) waiting = requestAnimationFrame(drawPoints); }, 120);
  } else if (everything && !waiting) waiting = requestAnimationFrame(drawPoints);
  requestAnimationFrame(drawMarks);
}

function resize() {
  const room = $('map').getBoundingClientRect(), before = W;
  W = Math.max(1, room.width); H = Math.max(1, room.height); ratio = window.devicePixelRatio || 1;
  for (const canvas of [base, over]) { canvas.width = Math.round(W * ratio); canvas.height = Math.round(H * ratio); }
  stamps.clear();
  if (before !== W || look.scale === 1) fit(); else refresh();
}

function zoom(factor, x = W / 2, y = H / 2) {
  const least = .5 * fitScale(), most = 200 * fitScale();
  factor = Math.min(most, Math.max(least, look.scale * factor)) / look.scale;
  look.x = x - factor * (x - look.x); look.y = y - factor * (y - look.y); look.scale *= factor;
  refresh();
}

function reveal(g) { // move the map so that a track is in sight
  const x = sx(g), y = sy(g), edge = 40;
  if (Number.isNaN(x)) return;
  look.x += Math.max(0, edge - x) - Math.max(0, x - W + edge);
  look.y += Math.max(0, edge - y) - Math.max(0, y - H + edge);
  refresh();
}

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
let flight = 0;
function fly(from) { // tracks move from one picture to the next, so that the eye can follow them
  const to = [X.slice(), Y.slice()], begun = performance.now();
  const step = now => {
    const t = Math.min(1, (now - begun) / 500), f = t * t * (3 - 2 * t);
    for (let g = 0; g < n; g++) for (const [axis, k] of [[X, 0], [Y, 1]]) axis[g] = Number.isNaN(from[k][g]) ? to[k][g] : from[k][g] + f * (to[k][g] - from[k][g]);
    drawPoints(); drawMarks();
    if (t < 1) flight = requestAnimationFrame(step);
  };
  cancelAnimationFrame(flight);
  flight = requestAnimationFrame(step);
}

// ---------------------------------------------------------------- choosing, hearing

function sign(category) { // marker for lists and legend
  const made = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  made.setAttribute('viewBox', '-1.4 -1.4 2.8 2.8'); made.setAttribute('class', 'sign'); made.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', `M${(SHAPES[category.shape] || SHAPES.o).join('L')}Z`); path.setAttribute('fill', colourOf(category));
  path.setAttribute('stroke', edgeOf(colourOf(category))); path.setAttribute('stroke-width', '.15');
  made.append(path);
  return made;
}

function item(g) { // a track in a list
  const entry = element('li'), button = element('button', undefined, { type: 'button', 'data-track': g }), text = element('span', fullName(g), { dir: 'auto' });
  if (state.rep.local[g] !== NOWHERE) button.append(sign(categoriesShown()[categoryOf(shownColumn(), g)]));
  if (g === state.playing) button.setAttribute('aria-current', 'true');
  button.title = fullName(g);
  button.append(text);
  button.addEventListener('click', () => { choose(g); play(g); });
  entry.append(button);
  return entry;
}

function say(text) { $('said').textContent = text; }

function choose(g, see = true) { // make a track the one that card and neighbours speak of
  state.cursor = g;
  showCard();
  showNeighbours();
  if (see) reveal(g);
  say(`${fullName(g)}${isCluster() ? `, cluster ${clusterOf(g)}` : state.column ? `, ${state.column} ${valueOf(shownColumn(), g) || 'not given'}` : ''}`);
  refresh(false);
}

function showCard() {
  const g = state.cursor;
  if (g === NOWHERE) return;
  $('nothing').hidden = true; $('card').hidden = false;
  $('card-title').textContent = titleOf(g);
  $('card-line').textContent = data.lines[g] ? `“${data.lines[g]}”` : '';
  const facts = data.columns.filter(c => c.name !== 'title').map(c => [c.name, valueOf(c, g)]).concat([['cluster', clusterOf(g)]]).filter(([, value]) => value !== '');
  $('card-facts').replaceChildren(...facts.flatMap(([name, value]) => [element('dt', name.replaceAll('_', ' ')), element('dd', value, { dir: 'auto' })]));
}

function showNeighbours() {
  const near = neighboursOf(state.cursor);
  $('near').hidden = state.cursor === NOWHERE;
  if (state.cursor === NOWHERE) return;
  $('near-title').textContent = near ? `Nearest in the latent space of ${state.rep.title} (${state.rep.viewTitle})` : `Not in the view ${state.rep.viewTitle}: no neighbours`;
  $('neighbours').replaceChildren(...(near || []).map(item));
  $('take').hidden = !near;
}

const fileUrl = path => 'file://' + (path.startsWith('/') ? '' : '/') + path.replaceAll('\\', '/').split('/').map((part, i) => i === 0 && /^[A-Za-z]:$/.test(part) ? part : encodeURIComponent(part)).join('/');
const fileOf = g => data.sound.files[g] === null || data.sound.files[g] === undefined ? null : data.sound.root + data.sound.files[g];
const urlOf = g => data.sound.kind === 'none' || fileOf(g) === null ? null : data.sound.kind === 'files' ? fileUrl(fileOf(g)) : fileOf(g);

const audio = $('audio');
function trouble(text) { $('trouble').hidden = !text; $('trouble').textContent = text; }

function play(g) {
  const url = urlOf(g);
  state.playing = g;
  $('player').hidden = false;
  $('now').textContent = fullName(g); $('now').title = fullName(g);
  trouble('');
  if (url === null) {
    audio.removeAttribute('src'); audio.load();
    trouble(data.sound.why || 'There is no sound for this track.');
  } else {
    audio.src = url;
    audio.play().catch(error => { if (error.name === 'NotAllowedError') trouble('Press play: this browser wants a click on the player first.'); });
  }
  for (const button of document.querySelectorAll('[data-track]')) {
    if (Number(button.dataset.track) === g) button.setAttribute('aria-current', 'true'); else button.removeAttribute('aria-current');
  }
  refresh(false);
}

audio.addEventListener('loadedmetadata', () => { // a whole file starts where the middle part starts that the models heard
  if (data.sound.kind === 'files' && Number.isFinite(audio.duration)) audio.currentTime = Math.max(0, (audio.duration - data.sound.seconds) / 2);
});
audio.addEventListener('error', () => {
  if (!audio.getAttribute('src')) return;
  const away = data.sound.kind === 'files' && location.protocol !== 'file:';
  trouble(away ? 'The sounds lie on the machine where this map was made: open the file there, or make the map with previews.'
    : `This browser cannot play ${fileOf(state.playing)}: it is not there any more, or of a kind it does not know. Previews (MP3) play everywhere.`);
  next();
});
audio.addEventListener('ended', next);
function next() {
  const g = state.queue.shift();
  if (g !== undefined) { choose(g); play(g); }
}

// ---------------------------------------------------------------- selection

function select(tracks, adding = $('add').checked) {
  const all = adding ? [...state.selected, ...tracks.filter(g => !isSelected[g])] : [...new Set(tracks)];
  isSelected.fill(0);
  for (const g of all) isSelected[g] = 1;
  state.selected = all;
  showSelection();
  refresh();
}

const tracks = count => `${count.toLocaleString('en')} ${count === 1 ? 'track' : 'tracks'}`;

function showSelection() {
  const chosen = state.selected, away = chosen.filter(g => state.rep.local[g] === NOWHERE).length, mute = chosen.every(g => urlOf(g) === null);
  $('chosen').textContent = !chosen.length ? 'Nothing is selected: draw a box or a lasso, press a colour of the legend, or search.'
    : `${tracks(chosen.length)} of ${n.toLocaleString('en')}` + (away ? `; ${away.toLocaleString('en')} not in this picture` : '') + (chosen.length > SELECTED_SHOWN ? `; the first ${SELECTED_SHOWN} are listed` : '');
  $('list').replaceChildren(...chosen.slice(0, SELECTED_SHOWN).map(item));
  $('csv').disabled = $('clear').disabled = !chosen.length;
  $('m3u').disabled = $('listen').disabled = mute;
  $('m3u').title = chosen.length && mute ? data.sound.why : '';
  showLegend();
  if (chosen.length) say(`${tracks(chosen.length)} selected`);
}

function toggle(g) {
  if (isSelected[g]) select(state.selected.filter(h => h !== g), false); else select([g], true);
}

// ---------------------------------------------------------------- files to take away

function download(name, kind, text) {
  const link = element('a', undefined, { href: URL.createObjectURL(new Blob([text], { type: kind })), download: `${data.slug}-${name}` });
  document.body.append(link); link.click(); link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function csvText(chosen) { // RFC 4180, with the mark by which spreadsheets know UTF-8
  const quote = value => /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const withFiles = data.sound.kind === 'files';
  const head = ['track_id', ...data.columns.map(c => c.name), `cluster (${state.rep.title}, ${state.rep.viewTitle})`, ...(withFiles ? ['path'] : [])];
  const rows = chosen.map(g => [data.ids[g], ...data.columns.map(c => valueOf(c, g)), clusterOf(g), ...(withFiles ? [fileOf(g)] : [])]);
  return '\ufeff' + [head, ...rows].map(row => row.map(quote).join(',')).join('\r\n') + '\r\n';
}

function playlistText(chosen) { // extended M3U; a line break in a name would break it
  const line = text => text.replace(/[\r\n]+/g, ' ');
  const where = g => data.sound.kind === 'files' && /[\r\n]/.test(fileOf(g)) ? urlOf(g) : fileOf(g);
  const entries = chosen.filter(g => urlOf(g) !== null).map(g => `#EXTINF:-1,${line(artistOf(g) ? `${artistOf(g)} - ${titleOf(g)}` : titleOf(g))}\n${where(g)}\n`);
  return `#EXTM3U\n#EXTENC:UTF-8\n#PLAYLIST:${line(data.name)}\n` + entries.join('');
}

// ---------------------------------------------------------------- legend and choices

function showLegend() {
  const column = shownColumn(), legend = $('legend'), rep = state.rep;
  if (!column) { legend.replaceChildren(); return; }
  if (column.kind === 'number') {
    const scale = element('div', undefined, { class: 'scale' }), ramp = element('div', undefined, { class: 'ramp' });
    ramp.style.background = `linear-gradient(90deg, ${column.categories.slice(0, -1).map(colourOf).join(',')})`;
    scale.append(element('span', `${column.name.replaceAll('_', ' ')}: ${column.low}`), ramp, element('span', String(column.high)));
    legend.replaceChildren(scale);
    return;
  }
  const groups = column.categories.map(() => []);
  for (const g of members(rep)) groups[categoryOf(column, g)].push(g);
  const focused = legend.contains(document.activeElement) ? document.activeElement.dataset.category : null;
  legend.replaceChildren(...column.categories.flatMap((category, c) => {
    if (!groups[c].length) return [];
    const whole = state.selected.length > 0 && groups[c].every(g => isSelected[g]);
    const button = element('button', undefined, { type: 'button', 'aria-pressed': String(whole), title: category.name, 'data-category': c });
    button.append(sign(category), element('span', category.name, { dir: 'auto' }), element('small', groups[c].length.toLocaleString('en')));
    button.addEventListener('click', event => {
      if (whole) select(state.selected.filter(g => categoryOf(column, g) !== c || rep.local[g] === NOWHERE), false);
      else select(groups[c], $('add').checked || event.shiftKey || event.ctrlKey || event.metaKey);
    });
    return [button];
  }));
  if (focused !== null) legend.querySelector(`[data-category="${focused}"]`)?.focus();
}

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text, usable]) => {
    const option = element('option', text, { value });
    option.disabled = usable === false;
    return option;
  }));
  select.value = chosen;
}

const unique = (key, title) => [...new Map(data.representations.map(r => [r[key], r[title]]))];
const representation = (method, view) => data.representations.find(r => r.method === method && r.view === view);

function show(method, view, picture) { // another representation or picture of it
  const before = state.rep ? [X.slice(), Y.slice()] : null;
  state.rep = representation(method, view) || data.representations.find(r => r.method === method);
  members(state.rep);
  state.picture = picture in state.rep.pictures ? picture : Object.keys(state.rep.pictures)[0];
  options($('method'), unique('method', 'title'), state.rep.method);
  options($('view'), unique('view', 'viewTitle').map(([v, t]) => [v, t, Boolean(representation(state.rep.method, v))]), state.rep.view);
  options($('picture'), Object.keys(state.rep.pictures).map(p => [p, data.pictures[p]]), state.picture);
  place();
  const lacking = n - state.rep.members.length;
  $('honest').textContent = `${data.pictures[state.picture]} keeps ${Math.round(100 * state.rep.kept[state.picture])} % of the ten nearest tracks near; the list of nearest tracks has the real ones.`
    + (lacking ? ` ${tracks(lacking)} of ${n.toLocaleString('en')} cannot be placed by ${state.rep.viewTitle}.` : '');
  over.setAttribute('aria-label', `Map of ${tracks(state.rep.members.length)}: ${state.rep.title} on ${state.rep.viewTitle}, drawn by ${data.pictures[state.picture]}`);
  stamps.clear();
  showSelection(); showCard(); showNeighbours();
  fit();
  if (before && n <= 4000 && !calm.matches) fly(before);
}

function paint(column) { // another colour
  state.column = column;
  $('colour').value = column;
  stamps.clear();
  showSelection(); showNeighbours();
  refresh();
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  stamps.clear();
  if (state.rep) { showSelection(); showNeighbours(); refresh(); }
}

// ---------------------------------------------------------------- mouse, fingers, keys

const fingers = new Map();
let drag = null;
const at = event => { const room = over.getBoundingClientRect(); return [event.clientX - room.left, event.clientY - room.top]; };

function nearestTo(x, y, reach) { // the track under a pointer
  let best = NOWHERE, least = reach * reach;
  for (const g of state.rep.members) {
    const d = (sx(g) - x) ** 2 + (sy(g) - y) ** 2;
    if (d < least) { least = d; best = g; }
  }
  return best;
}

function outline() { // corners of the box or lasso being drawn
  if (state.mode === 'lasso') return drag.path;
  const [[a, b], [c, d]] = [drag.path[0], drag.path[drag.path.length - 1]];
  return [[a, b], [c, b], [c, d], [a, d]];
}

function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i], [bx, by] = polygon[j];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) odd = !odd;
  }
  return odd;
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
    const [ox, oy] = others[0], ratio = Math.hypot(x - ox, y - oy) / (Math.hypot(px - ox, py - oy) || 1);
    look.x += (x - px) / 2; look.y += (y - py) / 2;
    zoom(ratio, (x + ox) / 2, (y + oy) / 2);
    return;
  }
  if (drag.pinch) return;
  if (!drag.moved && Math.hypot(x - drag.from[0], y - drag.from[1]) < (drag.type === 'mouse' ? 4 : 9)) return;
  if (!drag.moved && state.mode !== 'move') drag.path = [drag.from];
  drag.moved = true;
  if (drag.path) { drag.path.push([x, y]); refresh(false); }
  else { look.x = drag.look.x + x - drag.from[0]; look.y = drag.look.y + y - drag.from[1]; refresh(); }
});

function lift(event) {
  if (!fingers.delete(event.pointerId) || fingers.size) return;
  const done = drag, [x, y] = at(event);
  if (done && done.path && event.type === 'pointerup') {
    const area = outline(), found = [];
    for (const g of state.rep.members) if (inside(area, sx(g), sy(g))) found.push(g);
    drag = null;
    select(found, $('add').checked || done.more);
  } else if (done && !done.moved && event.type === 'pointerup') {
    const g = nearestTo(x, y, Math.max(radius() + 3, done.type === 'mouse' ? 8 : 20));
    drag = null;
    if (g !== NOWHERE && done.more) toggle(g);
    else if (g !== NOWHERE) { state.queue = []; choose(g); play(g); }
  }
  drag = null;
  refresh();
}
over.addEventListener('pointerup', lift);
over.addEventListener('pointercancel', lift);
over.addEventListener('pointerleave', () => hover(NaN, NaN));
over.addEventListener('wheel', event => { event.preventDefault(); zoom(1.0015 ** -(event.deltaY * (event.deltaMode ? 30 : 1)), ...at(event)); }, { passive: false });

function hover(x, y) {
  const g = nearestTo(x, y, radius() + 4);
  over.classList.toggle('pointing', g !== NOWHERE);
  if (g !== state.hover) { state.hover = g; describe(g); refresh(false); }
}

function describe(g) { // what is known about a track, beside it
  const hint = $('hint'), column = shownColumn();
  hint.hidden = g === NOWHERE;
  if (g === NOWHERE) return;
  const parts = [element('b', titleOf(g), { dir: 'auto' }), ...[artistOf(g), named('language', g)].filter(Boolean).map(text => element('span', text, { dir: 'auto' }))];
  if (data.lines[g]) parts.push(element('i', `“${data.lines[g]}”`, { dir: 'auto' }));
  if (column && !['title', 'artist', 'language'].includes(state.column)) {
    const value = isCluster() ? clusterOf(g) : valueOf(column, g);
    parts.push(element('span', `${state.column.replaceAll('_', ' ')}: ${value || 'not given'}`));
  }
  hint.replaceChildren(...parts);
  const x = sx(g), y = sy(g);
  hint.style.left = `${Math.max(4, Math.min(x + 14, W - hint.offsetWidth - 4))}px`;
  hint.style.top = `${y + 16 + hint.offsetHeight > H ? Math.max(4, y - hint.offsetHeight - 14) : y + 16}px`;
}

function step(dx, dy) { // the next track in a direction: near, and not far off to the side
  const from = state.cursor, here = from !== NOWHERE && state.rep.local[from] !== NOWHERE;
  let best = NOWHERE, least = Infinity;
  for (const g of state.rep.members) {
    if (!here) { const d = Math.hypot(sx(g) - W / 2, sy(g) - H / 2); if (d < least) { least = d; best = g; } continue; }
    const x = sx(g) - sx(from), y = sy(g) - sy(from), along = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (g === from || along < 0 || along === 0 && (aside > 0 || g < from) || aside > 1.5 * along) continue;
    if (along + 2 * aside < least) { least = along + 2 * aside; best = g; }
  }
  if (best === NOWHERE) { say('No track further in this direction'); return; }
  choose(best); describe(best);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
over.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event, g = state.cursor;
  if (ARROWS[key]) step(...ARROWS[key]);
  else if (key === 'Enter') { if (g !== NOWHERE) { state.queue = []; play(g); } }
  else if (key === ' ') { if (g !== NOWHERE) toggle(g); }
  else if (key === '+' || key === '=') zoom(1.4);
  else if (key === '-' || key === '−') zoom(1 / 1.4);
  else if (key === '0') fit();
  else if (key === 'Escape') { $('hint').hidden = true; select([], false); }
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

let typing = 0;
function search() {
  clearTimeout(typing);
  const query = $('search').value.trim();
  if (!query) { select([], false); return; }
  const found = find(query);
  select(found, false);
  if (!found.length) { $('chosen').textContent = `No track has “${query}” in its title, artist, first line or other columns.`; say('nothing found'); }
}
$('search').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(search, 150); });
$('search').addEventListener('keydown', event => {
  if (event.key === 'Enter') { search(); if (state.selected.length) { choose(state.selected[0]); play(state.selected[0]); } }
  if (event.key === 'Escape') { $('search').value = ''; search(); }
});

$('closer').addEventListener('click', () => zoom(1.4));
$('farther').addEventListener('click', () => zoom(1 / 1.4));
$('fit').addEventListener('click', fit);
$('clear').addEventListener('click', () => { $('search').value = ''; select([], false); });
$('take').addEventListener('click', () => select([state.cursor, ...neighboursOf(state.cursor)]));
$('listen').addEventListener('click', () => { state.queue = state.selected.filter(g => urlOf(g) !== null); next(); });
$('csv').addEventListener('click', () => download('selection.csv', 'text/csv;charset=utf-8', csvText(state.selected)));
$('m3u').addEventListener('click', () => download('selection.m3u', 'audio/x-mpegurl;charset=utf-8', playlistText(state.selected)));
$('method').addEventListener('change', () => show($('method').value, state.rep.view, state.picture));
$('view').addEventListener('change', () => show(state.rep.method, $('view').value, state.picture));
$('picture').addEventListener('change', () => show(state.rep.method, state.rep.view, $('picture').value));
$('colour').addEventListener('change', () => paint($('colour').value));
$('theme').addEventListener('click', () => theme(dark() ? 'light' : 'dark'));

// ---------------------------------------------------------------- begin

const night = window.matchMedia('(prefers-color-scheme: dark)');
theme(night.matches ? 'dark' : 'light');
night.addEventListener('change', () => theme(night.matches ? 'dark' : 'light'));
$('heading').textContent = `${data.name}: ${tracks(n)}`;
$('reading').textContent = data.reading;
$('notes').replaceChildren(...data.notes.map(note => element('li', note)));
const coloured = data.columns.filter(c => c.coloured).map(c => [c.name, c.name.replaceAll('_', ' ')]).concat(data.representations.some(r => r.clusters) ? [['cluster', 'cluster']] : []);
state.column = coloured.length ? (coloured.some(([name]) => name === data.colour) ? data.colour : coloured[0][0]) : null;
options($('colour'), coloured, state.column);
show(data.representations[0].method, data.representations[0].view, Object.keys(data.representations[0].pictures)[0]);
new ResizeObserver(resize).observe($('map'));
window.hybridMap = { state, where: g => [sx(g), sy(g)], find, csvText, playlistText }; // for the console and for tests
document.documentElement.dataset.ready = 'true';
})();
