// Small charts: how many jobs of each status were created over time, under the filters of the list.

import { filtersOf } from './address.js';
import { chart } from './api.js';
import { byId, element, put } from './dom.js';
import { utc } from './times.js';
import { STATUS, counted, number } from './words.js';

/** Milliseconds from one drawing to the next of the same filters. */
const REST = 5000;

const SVG = 'http://www.w3.org/2000/svg';
const UNITS = [[604_800, 'week'], [86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];

const section = byId('chart');

let drawn = { key: null, at: 0 };
let timer = null;
let asking = null;

/** Draws the charts of a state: at once for other filters, after a rest for changes of jobs. */
export function keep(state) {
  clearTimeout(timer);
  const key = filtersOf(state);
  section.classList.toggle('stale', key !== drawn.key);
  const rest = key === drawn.key ? drawn.at + REST - performance.now() : 0;
  timer = setTimeout(() => draw(state, key), Math.max(rest, 0));
}

async function draw(state, key) {
  // On a narrow page the charts are folded away.
  if (!section.parentNode.checkVisibility()) return;
  asking?.abort();
  const own = new AbortController();
  asking = own;
  try {
    const told = await chart(state, own.signal);
    drawn = { key, at: performance.now() };
    section.classList.remove('stale');
    show(told);
  } catch {
    // The list says what is wrong with the service. The charts of other filters stay marked as such.
  }
}

const iso = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** Draws the charts. They have one height, with and without jobs, since the list may be under them. */
function show({ spans, step_seconds: step }) {
  byId('charts').replaceChildren(...Object.keys(STATUS).map((status) => figure(status, spans, step)));
  const ends = spans.length ? [spans[0].start, spans.at(-1).start + step] : [];
  byId('axis').querySelectorAll('time').forEach((time, place) => {
    time.dateTime = ends.length ? iso(ends[place]) : '';
    put(time, ends.length ? utc(iso(ends[place])).slice(0, step < 86_400 ? 16 : 10) : '');
  });
}

function figure(status, spans, step) {
  const most = Math.max(0, ...spans.map(({ counts }) => counts[status]));
  const caption = element('figcaption', {}, STATUS[status], element('small', {}, most ? `most ${number(most)} in ${length(step)}` : 'none'));
  return element('figure', { 'data-status': status }, caption, bars(status, spans, step, most));
}

/** A length of time: `an hour`, `15 minutes`. */
function length(seconds) {
  const [unit, noun] = UNITS.find(([unit]) => seconds % unit === 0);
  const count = seconds / unit;
  return count === 1 ? `${noun === 'hour' ? 'an' : 'a'} ${noun}` : counted(count, noun);
}

function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function bars(status, spans, step, most) {
  const drawing = shape('svg', { viewBox: `0 0 ${spans.length} 100`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  spans.forEach(({ start, counts }, place) => {
    const height = counts[status] && Math.max(3, (100 * counts[status]) / most);
    const title = `${utc(iso(start))} to ${utc(iso(start + step))} UTC: ${counted(counts[status], 'job')}`;
    const ground = { class: 'ground', x: place, y: 0, width: 1, height: 100 };
    const bar = { class: 'bar-of', x: place + 0.1, y: 100 - height, width: 0.8, height };
    const range = { 'data-from': iso(start), 'data-to': iso(start + step) };
    drawing.append(shape('g', range, shape('title', {}, title), shape('rect', ground), shape('rect', bar)));
  });
  return drawing;
}

/** Calls `onRange` with the range of a bar that is clicked. The range can also be typed in the filters. */
export function start(onRange) {
  show({ spans: [], step_seconds: 1 });
  byId('charts').addEventListener('click', ({ target }) => {
    const bar = target.closest('[data-from]');
    if (bar) onRange({ last: '', from: bar.dataset.from, to: bar.dataset.to });
  });
}
