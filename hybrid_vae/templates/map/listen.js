// Choosing and hearing: the player, the queue, paths, previews under the pointer, neighbours and why they are near.

const say = text => { $('said').textContent = text; };
const shownValue = g => isCluster() ? clusterLabel(clusterOf(g)) : state.column ? writtenOf(shownColumn(), g) : '';

function choose(g, see = true) { // make a track the one that card and neighbours speak of
  state.cursor = g;
  showCard(); showNeighbours();
  if (see) reveal(g);
  const value = shownValue(g);
  say(`${fullName(g)}${value ? `, ${isCluster() ? 'cluster' : shownColumn().title} ${value}` : ''}`);
  refresh(false);
}

function sign(category) { // marker for lists and legend
  const made = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  made.setAttribute('viewBox', '-1.4 -1.4 2.8 2.8'); made.setAttribute('class', 'sign'); made.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', `M${(SHAPES[category.shape] || SHAPES.o).join('L')}Z`); path.setAttribute('fill', colourOf(category));
  path.setAttribute('stroke', edgeOf(colourOf(category))); path.setAttribute('stroke-width', '.15');
  made.append(path);
  return made;
}

function trackButton(g, note = '') { // a track in a list: press it to hear it
  const button = pressable(undefined, () => pick(g), { 'data-track': g, class: 'track', title: fullName(g) }), text = element('span');
  if (state.rep.local[g] !== NOWHERE) button.append(sign(categoriesShown()[categoryOf(shownColumn(), g)]));
  if (g === state.playing) button.setAttribute('aria-current', 'true');
  text.append(element('span', fullName(g), { dir: 'auto' }));
  if (note) text.append(element('small', note, { dir: 'auto' }));
  button.append(text);
  return button;
}
function item(...parts) { const made = element('li'); made.append(...parts); return made; }

// ---------------------------------------------------------------- the chosen track

function showCard() {
  const g = state.cursor;
  $('nothing').hidden = g !== NOWHERE; $('card').hidden = g === NOWHERE;
  if (g === NOWHERE) return;
  $('card-title').textContent = titleOf(g);
  $('card-line').textContent = data.lines[g] ? `“${data.lines[g]}”` : '';
  const facts = data.columns.filter(c => c.name !== 'title').map(c => [c.title, writtenOf(c, g)]).concat([['Cluster', clusterLabel(clusterOf(g))]]).filter(([, value]) => value !== '');
  $('card-short').textContent = [artistOf(g), ...data.columns.filter(c => ['genre', 'language', 'album'].includes(c.name)).map(c => writtenOf(c, g)), clusterName(clusterOf(g))].filter(Boolean).join(' · ');
  $('card-facts').replaceChildren(...facts.flatMap(([name, value]) => [element('dt', name), element('dd', value, { dir: 'auto' })]));
  $('card-tags').replaceChildren(...tagsOf(g).map(tag => {
    const chip = element('span', tag, { class: 'chip', dir: 'auto' });
    chip.append(pressable('×', () => untag(g, tag), { 'aria-label': `Remove the tag ${tag}` }));
    return chip;
  }));
}

const spreads = new Map();
function spread(column) { // the usual width of a column of numbers: from its tenth to its ninetieth percentile
  if (!spreads.has(column)) {
    const known = column.values.filter(v => v !== null).sort((a, b) => a - b);
    spreads.set(column, known.length ? known[Math.floor(.9 * (known.length - 1))] - known[Math.floor(.1 * (known.length - 1))] : 0);
  }
  return spreads.get(column);
}
const sizes = new Map();
function shareOf(column, g) { // how many of all tracks have the same value
  if (!sizes.has(column)) { const counts = new Uint32Array(column.values.length); for (const c of column.codes) counts[c]++; sizes.set(column, counts); }
  return sizes.get(column)[column.codes[g]] / n;
}

function shared(g, h) { // what two tracks have in common, for people
  const same = [], near = [];
  const twin = state.rep.twins.find(([i, j]) => [state.rep.members[i], state.rep.members[j]].every(t => t === g || t === h));
  if (data.copies.some(([i, j]) => (i === g && j === h) || (i === h && j === g))) same.push('the same recording');
  else if (twin) same.push('sounds almost the same');
  const words = data.words[g].filter(w => data.words[h].includes(w)).slice(0, 3).map(w => `“${data.vocabulary[w]}”`);
  for (const c of data.columns) {
    if (c.name === 'title') { if (titleOf(g) === titleOf(h)) same.push('same title'); continue; }
    if (c.kind === 'category' && valueOf(c, g) !== '' && c.codes[g] === c.codes[h] && shareOf(c, g) < .5 && !same.some(text => text.endsWith(`: ${writtenOf(c, g)}`))) same.push(`${c.title.toLowerCase()}: ${writtenOf(c, g)}`);
    if (c.kind === 'number' && c.values[g] !== null && c.values[h] !== null && Math.abs(c.values[g] - c.values[h]) <= .05 * spread(c)) near.push(`similar ${c.title.toLowerCase()} (${c.values[g]}, ${c.values[h]})`);
  }
  const ears = data.traits.filter(t => Math.abs(t.values[g]) > 16 && Math.abs(t.values[h]) > 16 && t.values[g] * t.values[h] > 0).map(t => t.values[g] > 0 ? t.much : t.little);
  const mine = tagsOf(g).filter(tag => tagsOf(h).includes(tag)).map(tag => `tag: ${tag}`);
  return [...mine, ...same.slice(0, 3), ...(words.length ? [`words: ${words.join(', ')}`] : []), ...(ears.length ? [`both ${ears.slice(0, 3).join(', ')}`] : []), ...near.slice(0, 2)].slice(0, 5);
}

function showNeighbours() {
  const near = neighboursOf(state.cursor), g = state.cursor;
  $('near').hidden = g === NOWHERE;
  if (g === NOWHERE) return;
  $('near-title').textContent = near ? `Nearest by ${state.rep.title} on ${state.rep.viewTitle}` : `Not in the view ${state.rep.viewTitle}: no neighbours`;
  const far = near && distancesOf(g);
  $('neighbours').replaceChildren(...(near || []).map((h, i) => {
    const distance = element('span', far[i] < .0005 ? '0' : far[i].toFixed(3), { class: 'far', title: 'Distance: the share of tracks that are nearer to either of the two than they are to each other' });
    return item(trackButton(h, shared(g, h).join(' · ') || 'nothing else in common that is known here'), distance);
  }));
  for (const id of ['take', 'queue-near', 'path']) $(id).hidden = !near;
}

// ---------------------------------------------------------------- sound

const fileUrl = path => 'file://' + (path.startsWith('/') ? '' : '/') + path.replaceAll('\\', '/').split('/').map((part, i) => i === 0 && /^[A-Za-z]:$/.test(part) ? part : encodeURIComponent(part)).join('/');
const fileOf = g => data.sound.files[g] === null || data.sound.files[g] === undefined ? null : data.sound.root + data.sound.files[g];
const urlOf = g => data.sound.kind === 'none' || fileOf(g) === null ? null : data.sound.kind === 'files' ? fileUrl(fileOf(g)) : fileOf(g);
const loudness = g => $('level').checked ? data.sound.gains?.[g] ?? 1 : 1; // 1 or less: a page can only turn down

const audio = $('audio'), sample = new Audio();
function trouble(text) { $('trouble').hidden = !text; $('trouble').textContent = text; }

function play(g) {
  const url = urlOf(g);
  state.playing = g;
  stopSample();
  $('player').hidden = false;
  $('now').textContent = fullName(g); $('now').title = fullName(g);
  trouble('');
  if (url === null) {
    audio.removeAttribute('src'); audio.load();
    trouble(data.sound.why || 'There is no sound for this track.');
  } else {
    audio.src = url; audio.volume = loudness(g);
    audio.play().catch(error => { if (error.name === 'NotAllowedError') trouble('Press play: this browser asks for a click on the player first.'); });
  }
  for (const button of document.querySelectorAll('[data-track]')) {
    if (Number(button.dataset.track) === g) button.setAttribute('aria-current', 'true'); else button.removeAttribute('aria-current');
  }
  showQueue();
  refresh(false);
}

const middle = player => { if (data.sound.kind === 'files' && Number.isFinite(player.duration)) player.currentTime = Math.max(0, (player.duration - data.sound.seconds) / 2); };
for (const player of [audio, sample]) player.addEventListener('loadedmetadata', () => middle(player)); // a whole file starts where the middle part starts that the models heard
audio.addEventListener('error', () => {
  if (!audio.getAttribute('src')) return;
  const away = data.sound.kind === 'files' && location.protocol !== 'file:';
  trouble(away ? 'The sounds lie on the machine where this map was made: open the file there, or make the map with previews.'
    : `This browser cannot play ${fileOf(state.playing)}: the file is gone, or its format is unknown to it. Previews (MP3) play everywhere.`);
  ended();
});
audio.addEventListener('ended', ended);
$('level').addEventListener('change', () => { if (state.playing !== NOWHERE) audio.volume = loudness(state.playing); });

// ---------------------------------------------------------------- the queue

function playNow(g) { // a track of the queue in its place, another one after the one that plays
  if (!state.queue.includes(g)) state.queue.splice(state.position + 1, 0, g);
  state.position = state.queue.indexOf(g);
  play(g);
}

function playAll(list) { // a new queue
  state.queue = [...list]; state.position = NOWHERE;
  go(1);
}

function enqueue(list) {
  const fresh = list.filter(g => !state.queue.includes(g));
  state.queue.push(...fresh);
  say(`${tracks(fresh.length)} put into the queue`);
  showQueue(); refresh(false);
}

function go(step) { // to the next or previous track; after the last one, to the nearest that is not in the queue
  const to = state.position + step;
  if (to < 0) { audio.currentTime = 0; return; }
  if (to >= state.queue.length) {
    const near = (neighboursOf(state.playing) || []).find(h => !state.queue.includes(h));
    if (near === undefined) { say('The queue is at its end'); return; }
    state.queue.push(near);
  }
  state.position = to;
  choose(state.queue[to]); play(state.queue[to]);
}
function ended() { if (state.position + 1 < state.queue.length || $('radio').checked && audio.ended) go(1); }

const QUEUED = 300; // shown at most
function showQueue() {
  const length = state.queue.length;
  $('player').hidden = state.playing === NOWHERE && !length;
  $('queued').textContent = length ? `${state.path.length ? `${state.way} ` : ''}${tracks(length)}; number ${Math.max(0, state.position) + 1} plays.` : 'The queue is empty. Put tracks into it from the lists, or play a path between two tracks.';
  $('queue').replaceChildren(...state.queue.slice(0, QUEUED).map((g, i) => item(trackButton(g), pressable('×', () => {
    state.queue.splice(i, 1);
    if (i <= state.position) state.position--;
    showQueue();
  }, { class: 'small', 'aria-label': `Take ${titleOf(g)} out of the queue` }))));
  $('tab-queue').textContent = length ? `Queue ${length}` : 'Queue';
  for (const id of ['shuffle', 'queue-clear', 'queue-keep', 'queue-m3u', 'queue-json']) $(id).disabled = !length;
}
$('shuffle').addEventListener('click', () => {
  const rest = state.queue.slice(state.position + 1);
  for (let i = rest.length - 1; i > 0; i--) { const j = Math.floor(Math.random() * (i + 1)); [rest[i], rest[j]] = [rest[j], rest[i]]; }
  state.queue = [...state.queue.slice(0, state.position + 1), ...rest]; state.path = [];
  showQueue(); refresh(false);
});
$('queue-clear').addEventListener('click', () => { state.queue = []; state.position = NOWHERE; state.path = []; showQueue(); refresh(false); });
$('previous').addEventListener('click', () => go(-1));
$('next').addEventListener('click', () => go(1));
$('take').addEventListener('click', () => select([state.cursor, ...neighboursOf(state.cursor)]));
$('queue-near').addEventListener('click', () => enqueue(neighboursOf(state.cursor)));

// ---------------------------------------------------------------- from one track to another

function askPath(g) { // the next track that is chosen is the end of the path
  state.from = g;
  $('asking').hidden = g === NOWHERE;
  if (g === NOWHERE) return;
  $('asking').replaceChildren(element('span', `Where shall the path from “${titleOf(g)}” lead? Choose a track.`), pressable('Cancel', () => askPath(NOWHERE)));
  say($('asking').firstChild.textContent);
}
function playPath(from, to) {
  const way = shortestPath(from, to);
  askPath(NOWHERE);
  if (way.length < 2) { say('There is no path between these two'); return; }
  drawPath(way);
  showTab('queue');
  playAll(way);
}
function drawPath(way) { // of `shortestPath`
  const [from, to] = [way[0], way[way.length - 1]];
  state.path = way;
  state.way = `A path of ${tracks(way.length)} from “${titleOf(from)}” to “${titleOf(to)}”` + (state.leaps ? `; it leaps ${count(state.leaps, 'time')} between groups that have no neighbours in common.` : ', each a neighbour of the one before.');
}
$('path').addEventListener('click', () => askPath(state.cursor));
function pick(g) { // a track was pressed on the map, in a list, or with Enter
  if (state.from !== NOWHERE && g !== state.from && state.rep.local[state.from] !== NOWHERE) { playPath(state.from, g); return; }
  if (!state.path.includes(g)) state.path = [];
  choose(g); playNow(g);
}

// ---------------------------------------------------------------- hearing what is under the pointer

let hovering = 0, paused = false;
function stopSample() { clearTimeout(hovering); sample.pause(); }
function hear(g) { // after a moment on a track; what plays waits meanwhile
  stopSample();
  if ($('preview').getAttribute('aria-pressed') !== 'true') return;
  if (g === NOWHERE || urlOf(g) === null) { if (paused) { paused = false; audio.play().catch(() => {}); } return; }
  hovering = setTimeout(() => {
    if (!audio.paused) { audio.pause(); paused = true; }
    sample.src = urlOf(g); sample.volume = .8 * loudness(g);
    sample.play().catch(() => {});
  }, 180);
}
$('preview').addEventListener('click', () => {
  const on = $('preview').getAttribute('aria-pressed') !== 'true';
  $('preview').setAttribute('aria-pressed', String(on));
  if (!on) hear(NOWHERE);
  say(on ? 'Tracks are heard under the pointer' : 'Tracks are heard when they are pressed');
});
