// Keeping: names, tags and playlists of one's own in the browser; the state in the address; files to take away.

const STORE = `hybrid-map ${data.key}`;
const notes = { names: {}, tags: {}, playlists: {} };
const isRecord = value => value !== null && typeof value === 'object' && !Array.isArray(value);
const isTexts = value => Array.isArray(value) && value.every(v => typeof v === 'string');

function takeIn(found) { // what a file or the browser kept, checked piece by piece and added to what is there
  if (!isRecord(found)) throw new Error('this is not a file of notes from a map');
  const put = (kind, fits) => { for (const [name, value] of Object.entries(isRecord(found[kind]) ? found[kind] : {})) if (fits(value) && name !== '__proto__') notes[kind][name] = value; };
  put('names', value => isRecord(value) && Object.values(value).every(v => typeof v === 'string'));
  put('tags', isTexts); put('playlists', isTexts);
}
function readNotes() {
  try { takeIn(JSON.parse(localStorage.getItem(STORE) || '{}')); } catch (error) { $('unkept').hidden = false; }
}
function keepNotes() {
  try { localStorage.setItem(STORE, JSON.stringify(notes)); } catch (error) { $('unkept').hidden = false; }
  showNotes();
}

const ownNames = () => notes.names[state.rep.clusters?.key] || {}; // of the clusters of this picture
function keepName(value, text) { // an empty text brings the made name back
  const own = { ...ownNames() };
  if (text && text !== state.rep.clusters.names[value]) own[value] = text; else delete own[value];
  notes.names[state.rep.clusters.key] = own;
  keepNotes();
  showLegend(); showList(); showCard(); soon();
}

const tagsOf = g => notes.tags[data.ids[g]] || [];
function setTags(g, texts) { if (texts.length) notes.tags[data.ids[g]] = texts; else delete notes.tags[data.ids[g]]; }
function tagAll(list, text) {
  const tag = text.trim();
  if (!tag || !list.length) return;
  for (const g of list) if (!tagsOf(g).includes(tag)) setTags(g, [...tagsOf(g), tag]);
  keepNotes(); showCard(); showList(); showFilters();
  say(`${tracks(list.length)} tagged ${tag}`);
}
function untag(g, tag) { setTags(g, tagsOf(g).filter(t => t !== tag)); keepNotes(); showCard(); showList(); showFilters(); }

function keepPlaylist(list, name) {
  const known = name.trim() || `Playlist ${Object.keys(notes.playlists).length + 1}`;
  if (!list.length) { say('There is nothing to keep'); return; }
  notes.playlists[known] = list.map(g => data.ids[g]);
  keepNotes();
  say(`${tracks(list.length)} kept as ${known}`);
}
const tracksOf = ids => ids.map(id => trackOf.get(id)).filter(g => g !== undefined);

function showNotes() {
  $('playlists').replaceChildren(...Object.entries(notes.playlists).map(([name, ids]) => {
    const list = tracksOf(ids), buttons = element('span', undefined, { class: 'buttons' });
    buttons.append(pressable('Play', () => { state.path = []; playAll(list); }), pressable('M3U', () => download(`${slug(name)}.m3u`, M3U, playlistText(list, name))),
      pressable('JSON', () => download(`${slug(name)}.jspf`, JSPF, jspfText(list, name))), pressable('×', () => { delete notes.playlists[name]; keepNotes(); }, { 'aria-label': `Delete the playlist ${name}` }));
    return item(pressable(`${name} (${list.length.toLocaleString('en')})`, () => { select(list, false); showTab('list'); }, { dir: 'auto', class: 'plain' }), buttons);
  }));
  const counts = new Map();
  for (const own of Object.values(notes.tags)) for (const tag of own) counts.set(tag, (counts.get(tag) || 0) + 1);
  $('own-tags').replaceChildren(...[...counts].sort().map(([tag, number]) => item(pressable(`${tag} (${number.toLocaleString('en')})`, () => { select(all.filter(g => tagsOf(g).includes(tag)), false); showTab('list'); }, { dir: 'auto', class: 'plain' }))));
  const named = Object.values(notes.names).reduce((sum, own) => sum + Object.keys(own).length, 0);
  $('named').textContent = named ? `You named ${count(named, 'cluster')}.` : 'Change a name here, or press the pencil beside it on the map. Leave it empty to get the first name back.';
  showClusterNames();
}
function showClusterNames() { // those of this picture, to be changed
  const column = state.rep?.clusters, values = column ? [...column.values].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })) : [];
  if ($('cluster-names').contains(document.activeElement)) return;
  $('cluster-names').replaceChildren(...values.slice(0, 200).map(value => {
    const label = element('label', value), input = element('input', undefined, { type: 'text', maxlength: 80, dir: 'auto' });
    input.value = clusterName(value);
    input.addEventListener('change', () => { keepName(value, input.value.trim()); input.value = clusterName(value); });
    label.append(input);
    return label;
  }));
}

// ---------------------------------------------------------------- files to take away

const CSV = 'text/csv;charset=utf-8', M3U = 'audio/x-mpegurl;charset=utf-8', JSPF = 'application/jspf+json;charset=utf-8';
const slug = text => text.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '') || 'playlist';
function download(name, kind, text) {
  const link = element('a', undefined, { href: URL.createObjectURL(new Blob([text], { type: kind })), download: `${data.slug}-${name}` });
  document.body.append(link); link.click(); link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function csvText(chosen) { // RFC 4180, with the mark by which spreadsheets know UTF-8
  const quote = value => /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const cell = value => /^'*(?![+-]?\d+([.,]\d+)?$)[=+\-@\t\r]/.test(value) ? `'${value}` : value; // no formula to a spreadsheet; `read_table` takes the apostrophe away
  const withFiles = data.sound.kind === 'files';
  const head = ['track_id', ...data.columns.map(c => cell(c.name)), `cluster (${state.rep.title}, ${state.rep.viewTitle})`, 'your tags', ...(withFiles ? ['path'] : [])];
  const rows = chosen.map(g => [cell(data.ids[g]), ...data.columns.map(c => c.kind === 'number' ? valueOf(c, g) : cell(valueOf(c, g))), cell(clusterLabel(clusterOf(g))), cell(tagsOf(g).join('; ')), ...(withFiles ? [cell(fileOf(g) ?? '')] : [])]);
  return '\ufeff' + [head, ...rows].map(row => row.map(quote).join(',')).join('\r\n') + '\r\n';
}

function playlistText(chosen, name = data.name) { // extended M3U; a line break in a name would break it
  const line = text => text.replace(/[\r\n]+/g, ' ');
  const where = g => data.sound.kind === 'files' && /[\r\n]/.test(fileOf(g)) ? urlOf(g) : fileOf(g);
  const entries = chosen.filter(g => urlOf(g) !== null).map(g => `#EXTINF:-1,${line(artistOf(g) ? `${artistOf(g)} - ${titleOf(g)}` : titleOf(g))}\n${where(g)}\n`);
  return `#EXTM3U\n#EXTENC:UTF-8\n#PLAYLIST:${line(name)}\n` + entries.join('');
}

function jspfText(chosen, name = data.name) { // XSPF in JSON, for players and other programs
  const track = g => ({ title: titleOf(g), ...(artistOf(g) && { creator: artistOf(g) }), ...(named('album', g) && { album: named('album', g) }), identifier: [`track:${encodeURIComponent(data.ids[g])}`],
    ...(urlOf(g) !== null && { location: [urlOf(g)] }), ...(tagsOf(g).length && { annotation: tagsOf(g).join(', ') }) });
  return JSON.stringify({ playlist: { title: name, track: chosen.map(track) } }, null, 1) + '\n';
}

$('csv').addEventListener('click', () => download('selection.csv', CSV, csvText(listed())));
$('m3u').addEventListener('click', () => download('selection.m3u', M3U, playlistText(listed())));
$('json').addEventListener('click', () => download('selection.jspf', JSPF, jspfText(listed())));
$('queue-m3u').addEventListener('click', () => download('queue.m3u', M3U, playlistText(state.queue)));
$('queue-json').addEventListener('click', () => download('queue.jspf', JSPF, jspfText(state.queue)));
$('queue-keep').addEventListener('click', () => { keepPlaylist(state.queue, ''); showTab('mine'); });
$('tag-form').addEventListener('submit', event => { event.preventDefault(); tagAll([state.cursor], $('tag').value); $('tag').value = ''; });
$('list-tag').addEventListener('click', () => { tagAll(listed(), $('keep-name').value); $('keep-name').value = ''; });
$('list-keep').addEventListener('click', () => { keepPlaylist(listed(), $('keep-name').value); $('keep-name').value = ''; });
$('notes-save').addEventListener('click', () => download('notes.json', 'application/json', JSON.stringify(notes, null, 1) + '\n'));
$('notes-read').addEventListener('change', async event => {
  const [file] = event.target.files;
  if (!file) return;
  try { takeIn(JSON.parse(await file.text())); keepNotes(); showCard(); showLegend(); soon(); say('Your notes were read'); }
  catch (error) { say(`${file.name} cannot be read: ${error.message}`); $('named').textContent = `${file.name} cannot be read: it is not a file of notes from a map.`; }
  event.target.value = '';
});

// ---------------------------------------------------------------- the address

const upright = (x, y) => turned ? [y, x] : [x, y];
const ADDRESSED = 300; // tracks of a selection or queue that an address can hold
let addressWait = 0, restoring = false;
function addressText() { // what is shown, as a link that shows it again
  const parts = new URLSearchParams(), put = (name, value) => { if (value !== '' && value !== null && value !== undefined) parts.set(name, value); };
  put('method', state.rep.method); put('view', state.rep.view); put('picture', state.picture); put('colour', state.column);
  if (touched) put('at', [...upright((W / 2 - look.x) / look.scale, (H / 2 - look.y) / look.scale), look.scale / fitScale()].map(v => v.toFixed(4)).join());
  if (state.cursor !== NOWHERE) put('track', data.ids[state.cursor]);
  put('search', state.query); put('order', state.order && (state.down ? '-' : '') + state.order);
  if (state.list !== 'shown' && state.list !== 'selection') put('list', state.list);
  if (!state.query && state.selected.length <= ADDRESSED) put('selected', state.selected.join('.'));
  if (state.queue.length <= ADDRESSED) put('queue', state.queue.join('.'));
  if (state.path.length) put('path', `${state.path[0]}.${state.path[state.path.length - 1]}`);
  for (const [name, filter] of Object.entries(state.filters)) put(`filter ${name}`, JSON.stringify(filter));
  return parts.toString();
}
function writeAddress() {
  if (restoring) return;
  clearTimeout(addressWait);
  addressWait = setTimeout(() => { try { history.replaceState(null, '', `#${addressText()}`); } catch (error) { /* some browsers keep the address of a file as it is */ } }, 250);
}

const numbers = text => (text || '').split('.').filter(Boolean).map(Number).filter(g => Number.isInteger(g) && g >= 0 && g < n);
function readFilter(text) { // null unless it is one
  try {
    const { values, low, high } = JSON.parse(text), number = v => v === undefined || Number.isFinite(v);
    return isTexts(values) ? { values } : values === undefined && number(low) && number(high) ? { low, high } : null;
  } catch (error) { return null; }
}
function readAddress() { // whatever is wrong or unknown in an address is passed over
  const parts = new URLSearchParams(location.hash.slice(1)), get = name => parts.get(name) || '';
  restoring = true;
  state.filters = {};
  for (const [name, text] of parts) if (name.startsWith('filter ') && readFilter(text)) state.filters[name.slice(7)] = readFilter(text);
  if ([...$('colour').options].some(o => o.value === get('colour'))) { state.column = get('colour'); $('colour').value = state.column; }
  const first = data.representations[0];
  show(get('method') || first.method, get('view') || first.view, get('picture'), false);
  filtered();
  state.queue = numbers(get('queue')); state.position = NOWHERE;
  select(numbers(get('selected')), false);
  if (get('search')) { $('search').value = get('search'); search(); hideResults(); }
  if (get('list') in LISTS) state.list = get('list');
  state.down = get('order').startsWith('-'); state.order = get('order').replace(/^-/, '');
  const at = get('at').split(',').map(Number);
  if (at.length === 3 && at.every(Number.isFinite)) { if (W > 1) { Object.assign(look, centred(...at)); touched = true; } else waitingLook = at; }
  if (trackOf.has(get('track'))) choose(trackOf.get(get('track')), false);
  const ends = numbers(get('path')), way = ends.length === 2 && ends.every(g => state.rep.local[g] !== NOWHERE) ? shortestPath(...ends) : [];
  if (way.length > 1) drawPath(way);
  showQueue(); showList();
  restoring = false;
  refresh();
}
window.addEventListener('hashchange', readAddress);
