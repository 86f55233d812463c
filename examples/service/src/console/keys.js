// The keyboard: keys for the search, for moving in the list and for the help.

import { byId } from './dom.js';
import * as panel from './panel.js';
import { selected } from './selected.js';

/** The name under which the browser remembers that single keys are off. */
const STORED = 'jobdex-single-keys';

const isTyping = ({ target }) => target.matches?.('input:not([type="checkbox"], [type="radio"]), select, textarea');
const isModal = () => document.querySelector('dialog:modal') !== null;

/** Moves the focus by rows. From outside, the first row is next and the last one before. */
function step(by) {
  const rows = [...byId('rows').children];
  const focused = document.activeElement;
  const at = rows.indexOf(focused.closest?.('#rows tr'));
  const next = rows[at < 0 && by < 0 ? rows.length - 1 : Math.min(Math.max(at + by, 0), rows.length - 1)];
  const part = focused.closest?.('#rows') && focused.dataset.part;
  (next?.querySelector(`[data-part="${part || 'link'}"]:not([hidden])`) ?? next?.querySelector('a'))?.focus();
  return next !== undefined;
}

/** Whether the arrow keys move in the list: not in fields and buttons that use them. */
function arrowsMove(event) {
  const { target, key } = event;
  if (target === byId('q')) return key === 'ArrowDown';
  return target === document.body || target.id === 'jobs' || target.closest?.('#rows') !== null;
}

function escape() {
  if (panel.isOpen()) panel.close();
  else if (selected().length) return 'unselect';
  return 'done';
}

function single(event, onSelect) {
  if (!byId('single').checked || isTyping(event)) return false;
  if (event.key === '/') byId('q').select();
  else if (event.key === '?') help();
  else if (event.key.toLowerCase() === 'x' && event.target.closest?.('#rows')) onSelect(event.target);
  else return false;
  return true;
}

function help() {
  byId('help').showModal();
}

function onKey(event, { onSelect, onUnselect }) {
  if (event.isComposing || event.altKey || isModal()) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key === 'k') {
      byId('q').select();
      event.preventDefault();
    }
    return;
  }
  if (event.key === 'Escape' && !isTyping(event)) {
    if (escape() === 'unselect') onUnselect();
  } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && arrowsMove(event)) {
    if (step(event.key === 'ArrowDown' ? 1 : -1)) event.preventDefault();
  } else if (single(event, onSelect)) {
    event.preventDefault();
  }
}

/** Calls `onSelect` with an element of the row to select, and `onUnselect` to unselect all. */
export function start(calls) {
  document.addEventListener('keydown', (event) => onKey(event, calls));
  byId('keys').addEventListener('click', help);
  const box = byId('single');
  box.checked = stored() !== 'off';
  box.addEventListener('change', () => store(box.checked ? 'on' : 'off'));
}

// A browser may refuse storage, for example in a private window.
function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function store(value) {
  try {
    localStorage.setItem(STORED, value);
  } catch {
    // Then the setting lasts as long as the page.
  }
}
