// The state of the page is its address: the filters, the search and the page number. The address leaves out defaults.

import { FACETS } from './words.js';

/** The change of state that clears all filters and the keyword. */
export const ALL = { q: '', status: [], type: [], start: [] };

const DEFAULTS = { ...ALL, sort: 'desc', page: 1, size: 20, plan: false, live: true };

const SIZES = [10, 20, 50, 100];

/** Reads the state from an address. Invalid values are ignored. */
export function read(search) {
  const params = new URLSearchParams(search);
  const state = { ...DEFAULTS };
  state.q = (params.get('q') ?? '').slice(0, 128);
  for (const { name, values } of FACETS) {
    state[name] = [...new Set((params.get(name) ?? '').split(','))].filter((value) => Object.hasOwn(values, value)).sort();
  }
  if (params.get('sort') === 'asc') state.sort = 'asc';
  const page = Number(params.get('page'));
  if (Number.isSafeInteger(page) && page > 0) state.page = page;
  const size = Number(params.get('size'));
  if (SIZES.includes(size)) state.size = size;
  state.plan = params.get('plan') === '1';
  state.live = params.get('live') !== '0';
  return state;
}

/** Writes a state as an address. */
export function write(state) {
  const params = new URLSearchParams();
  if (state.q.trim()) params.set('q', state.q.trim());
  for (const { name } of FACETS) {
    if (state[name].length) params.set(name, state[name].join(','));
  }
  if (state.sort !== DEFAULTS.sort) params.set('sort', state.sort);
  if (state.page !== DEFAULTS.page) params.set('page', state.page);
  if (state.size !== DEFAULTS.size) params.set('size', state.size);
  if (state.plan) params.set('plan', '1');
  if (!state.live) params.set('live', '0');
  const text = params.toString().replaceAll('%2C', ',');
  return text ? `/?${text}` : '/';
}

/** The query of a request for the view of a state. The `live` setting is not part of it. */
export function asked(state) {
  const params = new URLSearchParams(write({ ...state, live: true }).slice(2));
  params.set('size', state.size);
  return params.toString();
}
