// The state of the page is its address: the filters, the search, the page number and the open job. The address leaves out
// defaults.

import { FACETS } from './words.js';

/** The change of state that clears all filters and the keyword. */
export const ALL = { q: '', status: [], type: [], start: [], last: '', from: '', to: '' };

const DEFAULTS = { ...ALL, sort: 'desc', page: 1, size: 20, plan: false, live: true, job: '' };

const SIZES = [10, 20, 50, 100];

/** Reads the state from an address. Invalid values are ignored. */
export function read(search) {
  const params = new URLSearchParams(search);
  const state = { ...DEFAULTS };
  state.q = (params.get('q') ?? '').slice(0, 128);
  for (const { name, values } of FACETS) {
    state[name] = [...new Set((params.get(name) ?? '').split(','))].filter((value) => Object.hasOwn(values, value)).sort();
  }
  readCreated(params, state);
  if (params.get('sort') === 'asc') state.sort = 'asc';
  const page = Number(params.get('page'));
  if (Number.isSafeInteger(page) && page > 0) state.page = page;
  const size = Number(params.get('size'));
  if (SIZES.includes(size)) state.size = size;
  state.plan = params.get('plan') === '1';
  state.live = params.get('live') !== '0';
  state.job = (params.get('job') ?? '').slice(0, 128);
  return state;
}

/** Whether a text is a time such as `2026-07-20T02:48:58Z`. */
const isTime = (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text));

function readCreated(params, state) {
  const last = params.get('last') ?? '';
  if (/^[1-9]\d{0,3}[mhd]$/.test(last)) {
    state.last = last;
    return;
  }
  const [from, to] = ['from', 'to'].map((name) => params.get(name) ?? '').map((text) => (isTime(text) ? text : ''));
  if (!from || !to || from <= to) Object.assign(state, { from, to });
}

/** Writes a state as an address. */
export function write(state) {
  const params = new URLSearchParams();
  const set = (name, value, isSet = value !== DEFAULTS[name]) => isSet && params.set(name, value);
  set('q', state.q.trim());
  for (const { name } of FACETS) set(name, state[name].join(','), state[name].length > 0);
  for (const name of ['last', 'from', 'to', 'sort', 'page', 'size']) set(name, state[name]);
  set('plan', '1', state.plan);
  set('live', '0', !state.live);
  set('job', state.job);
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text ? `/?${text}` : '/';
}

/** The query of a request for the view of a state. The `live` setting is not part of it. */
export function asked(state) {
  const params = new URLSearchParams(write({ ...state, live: true }).slice(2));
  params.set('size', state.size);
  return params.toString();
}

/** The part of a state on which the rows of the list depend. */
export const listOf = (state) => asked({ ...state, plan: false, job: '' });

/** The part of a state on which the chart depends. */
export const filtersOf = (state) => listOf({ ...state, status: [], sort: 'desc', page: 1, size: 10 });
