// Finding: the selection, the legend, filters that combine, the search, and the list beside the map.

function select(list, adding = $('add').checked) {
  const chosen = adding ? [...state.selected, ...list.filter(g => !isSelected[g])] : [...new Set(list)];
  isSelected.fill(0);
  for (const g of chosen) isSelected[g] = 1;
  state.selected = chosen;
  if (chosen.length) state.list = 'selection'; else if (state.list === 'selection') state.list = 'shown';
  showList(); showLegend();
  if (chosen.length) say(`${tracks(chosen.length)} selected`);
  refresh();
}
function toggle(g) { if (isSelected[g]) select(state.selected.filter(h => h !== g), false); else select([g], true); }

function tab(name) { // bring a part of the panel to the front
  state.tab = name;
  for (const button of $('tabs').children) {
    const on = button.dataset.tab === name;
    button.setAttribute('aria-selected', String(on)); button.tabIndex = on ? 0 : -1;
    $(`panel-${button.dataset.tab}`).hidden = !on;
  }
}
function showTab(name) { tab(name); if (name === 'list') showList(); $('panels').scrollTop = 0; }

// ---------------------------------------------------------------- legend

function showLegend() {
  const column = shownColumn(), legend = $('legend'), rep = state.rep;
  if (!column) { legend.replaceChildren(); return; }
  if (column.kind === 'number') {
    const scale = element('div', undefined, { class: 'scale' }), ramp = element('div', undefined, { class: 'ramp' });
    ramp.style.background = `linear-gradient(90deg, ${column.categories.slice(0, -1).map(colourOf).join(',')})`;
    scale.append(element('span', `${column.title}: ${column.low}`), ramp, element('span', String(column.high)));
    legend.replaceChildren(scale);
    return;
  }
  const groups = column.categories.map(() => []);
  for (const g of members(rep)) if (isShown[g]) groups[categoryOf(column, g)].push(g);
  const focused = legend.contains(document.activeElement) ? document.activeElement.dataset.category : null;
  legend.replaceChildren(...column.categories.flatMap((category, c) => {
    if (!groups[c].length) return [];
    const entire = state.selected.length > 0 && groups[c].every(g => isSelected[g]), name = isCluster() ? clusterLabel(category.name) : category.name;
    const button = pressable(undefined, event => {
      if (entire) select(state.selected.filter(g => categoryOf(column, g) !== c || rep.local[g] === NOWHERE), false);
      else select(groups[c], $('add').checked || event.shiftKey || event.ctrlKey || event.metaKey);
    }, { 'aria-pressed': String(entire), title: name, 'data-category': c });
    button.append(sign(category), element('span', name, { dir: 'auto' }), element('small', groups[c].length.toLocaleString('en')));
    return [button];
  }));
  if (focused !== null) legend.querySelector(`[data-category="${focused}"]`)?.focus();
}

// ---------------------------------------------------------------- filters

const FEW = 400; // values of a column up to which they can be chosen from
function valuesOf(field) { // value -> how many tracks of the picture have it, the most frequent first
  const counts = new Map();
  for (const g of state.rep.members) for (const v of [field.get(g)].flat()) counts.set(v, (counts.get(v) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0])));
}
const filterable = () => fields().filter(f => f.kind === 'number' || f.coloured);

function filtered() { // after a change of the filters: the view fits what they let through
  sift();
  many = shownTracks().length;
  $('empty').hidden = many > 0;
  showHonest(); showList(); showLegend(); showFilters();
  stamps.clear();
  fit();
}
function setFilter(name, filter) {
  if (filter) state.filters[name] = filter; else delete state.filters[name];
  filtered();
}

function showFilters() {
  const usable = filterable(), select = $('add-filter'), focused = document.activeElement?.dataset?.filter;
  select.replaceChildren(element('option', 'Add a filter …', { value: '' }), ...usable.filter(f => !state.filters[f.name]).map(f => element('option', f.title, { value: f.name })));
  $('filters').replaceChildren(...Object.entries(state.filters).map(([name, filter]) => {
    const field = usable.find(f => f.name === name) || fieldOf(name), box = element('fieldset');
    if (!field) return element('p', `There is no column ${name} in this picture.`, { class: 'quiet' });
    box.append(element('legend', field.title), pressable('×', () => setFilter(name, null), { class: 'small', 'aria-label': `Remove the filter ${field.title}` }));
    box.append(field.kind === 'number' ? rangeOf(field, filter) : choicesOf(field, filter));
    return box;
  }));
  $('filters-clear').hidden = !Object.keys(state.filters).length;
  if (focused) [...$('filters').querySelectorAll('[data-filter]')].find(e => e.dataset.filter === focused)?.focus();
}

function rangeOf(field, filter) { // two numbers
  const box = element('div', undefined, { class: 'range' });
  for (const [end, text] of [['low', 'from'], ['high', 'to']]) {
    const label = element('label', text), input = element('input', undefined, { type: 'number', step: 'any', 'data-filter': `${field.name} ${end}`, placeholder: end === 'low' ? 'least' : 'most' });
    input.value = filter[end] ?? '';
    input.addEventListener('change', () => setFilter(field.name, { ...filter, [end]: input.value === '' ? undefined : Number(input.value) }));
    label.append(input); box.append(label);
  }
  return box;
}

function choicesOf(field, filter) { // values to tick
  const box = element('div', undefined, { class: 'choices' }), values = valuesOf(field);
  for (const [value, number] of values.slice(0, FEW)) {
    const label = element('label'), input = element('input', undefined, { type: 'checkbox', 'data-filter': `${field.name} ${value}` });
    input.checked = filter.values.includes(value);
    input.addEventListener('change', () => setFilter(field.name, { values: input.checked ? [...filter.values, value] : filter.values.filter(v => v !== value) }));
    const first = state.rep.members.find(g => [field.get(g)].flat().includes(value));
    label.append(input, element('span', value === '' ? 'not given' : field.kind === 'tags' ? value : field.written(first), { dir: 'auto' }), element('small', number.toLocaleString('en')));
    box.append(label);
  }
  if (values.length > FEW) box.append(element('p', `and ${values.length - FEW} more: use the search`, { class: 'quiet' }));
  return box;
}
$('add-filter').addEventListener('change', event => {
  const field = fieldOf(event.target.value);
  if (!field) return;
  const known = field.kind === 'number' ? {} : { values: valuesOf(field).map(([v]) => v) };
  setFilter(field.name, known.values?.length > 8 ? { values: [known.values[0]] } : known); // few values: untick some; many: tick some
});
$('filters-clear').addEventListener('click', () => { state.filters = {}; filtered(); });

// ---------------------------------------------------------------- the list

const LISTS = { shown: 'All tracks shown', selection: 'Selection', uncertain: 'Between clusters', outlying: 'Far from all others', alike: 'Same or almost the same' };
const MORE = 200;
let listLength = MORE;
const key = value => value === null || value === '' ? [2, 0] : typeof value === 'number' ? [0, value] : [1, String(value)];
function compare(a, b) { const [p, u] = key(a), [q, v] = key(b); return p - q || (typeof u === 'number' ? u - v : u.localeCompare(v, undefined, { numeric: true })); }

function alike() { // duplicates and near duplicates, pair by pair
  const pairs = [...data.copies, ...state.rep.twins.map(([i, j]) => [state.rep.members[i], state.rep.members[j]])];
  return [...new Set(pairs.flat())].filter(g => isShown[g]);
}

function listed() { // the tracks of the list, in its order
  const shown = shownTracks();
  const list = { selection: () => state.selected.filter(g => isShown[g] || state.rep.local[g] === NOWHERE && !Object.keys(state.filters).length), alike,
    uncertain: () => shown.map(g => [uncertainty(g), g]).filter(([u]) => u >= 50).sort((a, b) => b[0] - a[0]).map(([, g]) => g),
    outlying: () => shown.map(g => [outlying(g), g]).filter(([u]) => u >= 2).sort((a, b) => b[0] - a[0]).map(([, g]) => g) }[state.list]?.() ?? shown;
  const field = state.order && fieldOf(state.order);
  if (!field) return list;
  const keyed = list.map(g => [field.get(g), g]), way = state.down ? -1 : 1;
  return keyed.sort((a, b) => { const [p, q] = [key(a[0])[0] === 2, key(b[0])[0] === 2]; return p !== q ? p - q : way * compare(Array.isArray(a[0]) ? a[0].join() : a[0], Array.isArray(b[0]) ? b[0].join() : b[0]); }).map(([, g]) => g);
}

function showList() {
  if (!state.rep) return;
  const list = listed(), away = list.filter(g => state.rep.local[g] === NOWHERE).length, mute = list.every(g => urlOf(g) === null);
  options($('which'), Object.entries(LISTS).map(([v, t]) => [v, t, v !== 'selection' || state.selected.length > 0]), state.list);
  const third = fieldOf(state.third) || fieldOf(state.column) || fieldOf('outlying');
  options($('third'), fields().filter(f => !['title', 'artist'].includes(f.name)).map(f => [f.name, f.title]), third.name);
  $('chosen').textContent = (list.length ? `${tracks(list.length)} of ${n.toLocaleString('en')}` : state.query && state.selected.length ? `The filters hide all ${tracks(state.selected.length)} found.` : state.query ? `No track has “${state.query}” in its title, artist, first line or other columns.` : { alike: 'No two tracks are the same or almost the same.', uncertain: 'Every track has most of its neighbours in its own cluster.', outlying: 'No track is twice as far from its neighbours as is usual.' }[state.list] ?? 'The filters let no track through.')
    + (away ? `; ${away.toLocaleString('en')} not in this picture` : '');
  for (const [id, name] of [['by-title', 'title'], ['by-artist', 'artist'], ['by-third', third.name]]) {
    const on = state.order === name;
    $(id).parentElement.setAttribute('aria-sort', on ? (state.down ? 'descending' : 'ascending') : 'none');
    $(id).dataset.by = name;
    $(id).textContent = `${{ 'by-title': 'Title', 'by-artist': 'Artist', 'by-third': '' }[id]} ${on ? (state.down ? '↓' : '↑') : '↕'}`;
    $(id).setAttribute('aria-label', `Sort by ${{ 'by-title': 'title', 'by-artist': 'artist', 'by-third': third.title }[id]}`);
  }
  if (state.tab === 'list') $('list').replaceChildren(...list.slice(0, listLength).map(g => {
    const row = element('tr'), title = element('td'), button = trackButton(g);
    button.lastChild.replaceChildren(element('span', titleOf(g), { dir: 'auto' }));
    title.append(button);
    row.append(title, element('td', artistOf(g), { dir: 'auto' }), element('td', third.written(g), { dir: 'auto' }));
    return row;
  }));
  $('more').hidden = list.length <= listLength;
  $('more').textContent = `Show ${Math.min(MORE, list.length - listLength)} more`;
  $('csv').disabled = $('json').disabled = !list.length; $('clear').disabled = !state.selected.length;
  $('m3u').disabled = $('listen').disabled = $('queue-all').disabled = mute;
  $('m3u').title = list.length && mute ? data.sound.why : '';
}
$('which').addEventListener('change', event => { state.list = event.target.value; listLength = MORE; showList(); });
$('third').addEventListener('change', event => { state.third = event.target.value; showList(); });
for (const id of ['by-title', 'by-artist', 'by-third']) $(id).addEventListener('click', () => {
  const name = $(id).dataset.by;
  if (state.order !== name) { state.order = name; state.down = false; } else if (!state.down) state.down = true; else state.order = '';
  showList(); writeAddress();
});
$('more').addEventListener('click', () => { listLength += MORE; showList(); });
$('clear').addEventListener('click', () => { $('search').value = ''; state.query = ''; hideResults(); select([], false); });
$('listen').addEventListener('click', () => { state.path = []; playAll(listed().filter(g => urlOf(g) !== null)); });
$('queue-all').addEventListener('click', () => enqueue(listed().filter(g => urlOf(g) !== null)));
$('tabs').addEventListener('click', event => { if (event.target.dataset.tab) showTab(event.target.dataset.tab); });
$('tabs').addEventListener('keydown', event => {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key], buttons = [...$('tabs').children];
  if (!way) return;
  const to = buttons[(buttons.findIndex(b => b.dataset.tab === state.tab) + way + buttons.length) % buttons.length];
  showTab(to.dataset.tab); to.focus();
});

// ---------------------------------------------------------------- the search

const RESULTS = 8; // shown under the field at once
let typing = 0;
function hideResults() { $('results').hidden = true; }
function search() { // what is found is shown at once under the field, becomes the selection, and stands in the list
  clearTimeout(typing);
  state.query = $('search').value.trim();
  if (!state.query) { hideResults(); select([], false); return; }
  const found = find(state.query);
  state.list = 'selection'; listLength = MORE;
  select(found, false);
  state.list = 'selection'; tab('list'); showList();
  $('results').hidden = false;
  $('results').replaceChildren(...found.slice(0, RESULTS).map(g => item(trackButton(g))), item(found.length > RESULTS ? pressable(`All ${found.length.toLocaleString('en')} are in the list`, () => { hideResults(); showTab('list'); $('panels').scrollIntoView({ block: 'nearest' }); })
    : element('span', found.length ? `${tracks(found.length)} found` : `Nothing found for “${state.query}”`, { class: 'quiet' })));
  say(found.length ? `${tracks(found.length)} found` : 'nothing found');
}
$('search').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(search, 150); });
$('search').addEventListener('focus', () => { if (state.query && $('results').childElementCount) $('results').hidden = false; });
$('search').addEventListener('keydown', event => {
  if (event.key === 'Enter') { search(); if (state.selected.length) { hideResults(); pick(state.selected[0]); } }
  if (event.key === 'Escape') { $('search').value = ''; search(); }
  if (event.key === 'ArrowDown' && !$('results').hidden) { event.preventDefault(); $('results').querySelector('button')?.focus(); }
});
$('results').addEventListener('keydown', event => {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key], buttons = [...$('results').querySelectorAll('button')], i = buttons.indexOf(document.activeElement);
  if (event.key === 'Escape') { hideResults(); $('search').focus(); }
  if (!way || i < 0) return;
  event.preventDefault();
  (buttons[i + way] || $('search')).focus();
});
document.addEventListener('pointerdown', event => { if (!$('finding').contains(event.target)) hideResults(); });
$('finding').addEventListener('focusout', event => { if (event.relatedTarget && !$('finding').contains(event.relatedTarget)) hideResults(); });
