// The filters beside the list: boxes with counts, and the range of creation times.

import { byId, element, put } from './dom.js';
import { clearFaults, fault } from './fields.js';
import { FACETS, number } from './words.js';

const range = byId('range');

/** Creates the boxes, and calls `onChange` with each change of state. */
export function start(onChange) {
  const change = ({ target: { name } }) => onChange({ [name]: checked(name) });
  for (const { name, title, values } of FACETS) {
    const choices = Object.keys(values).map((value) => {
      const box = element('input', { type: 'checkbox', name, value });
      box.addEventListener('change', change);
      // A span and not an output element, because a screen reader would read out each change of an output.
      return element('label', {}, box, `${values[value]} `, element('span', { 'data-count': `${name} ${value}` }));
    });
    byId('created-range').before(element('fieldset', {}, element('legend', {}, title), element('div', {}, ...choices)));
  }
  byId('created-range').addEventListener('click', ({ target }) => {
    const quick = target.closest('[data-last]');
    if (quick) onChange({ last: quick.ariaPressed === 'true' ? '' : quick.dataset.last, from: '', to: '' });
  });
  byId('other-times').addEventListener('click', () => openRange(range.hidden));
  range.addEventListener('submit', (event) => {
    event.preventDefault();
    applyRange(onChange);
  });
}

function checked(name) {
  return [...document.querySelectorAll(`#filters input[name="${name}"]:checked`)].map((box) => box.value).sort();
}

function openRange(isOpen) {
  range.hidden = !isOpen;
  byId('other-times').ariaExpanded = isOpen;
}

function applyRange(onChange) {
  const { from, to } = range.elements;
  clearFaults(range);
  for (const field of [from, to]) if (field.validity.badInput) return fault(field, 'Enter a whole date and time.', true);
  if (!from.value && !to.value) return fault(from, 'Enter a start or an end.', true);
  if (from.value && to.value && asTime(to.value) < asTime(from.value)) return fault(to, 'The end is before the start.', true);
  return onChange({ last: '', from: asTime(from.value), to: asTime(to.value) });
}

/** Turns `2026-07-20T02:48` of a form field into `2026-07-20T02:48:00Z`, and the empty text into itself. */
export const asTime = (text) => text && `${text.length === 16 ? `${text}:00` : text.slice(0, 19)}Z`;

/** Sets the filters to a state. */
export function show(state) {
  for (const choice of document.querySelectorAll('#choices input[type="checkbox"]')) {
    choice.checked = state[choice.name].includes(choice.value);
  }
  const isCustom = Boolean(state.from || state.to);
  for (const quick of document.querySelectorAll('[data-last]')) quick.ariaPressed = quick.dataset.last === state.last;
  if (document.activeElement?.form !== range) {
    openRange(isCustom);
    range.elements.from.value = state.from.slice(0, 19);
    range.elements.to.value = state.to.slice(0, 19);
    clearFaults(range);
  }
  const groups = FACETS.reduce((sum, { name }) => sum + state[name].length, 0) + (isCustom || state.last ? 1 : 0);
  put(byId('fold'), groups ? `Filters (${groups})` : 'Filters');
}

/** Shows the counts of a view beside the boxes; without a view, no counts. */
export function counts(told) {
  for (const { name, counts: of, values, counted } of FACETS) {
    Object.keys(values).forEach((value, place) => {
      put(document.querySelector(`[data-count="${name} ${value}"]`), told ? number(told[of][counted[place]]) : '…');
    });
  }
}
