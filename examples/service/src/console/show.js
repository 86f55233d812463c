// Writes a view to the page. All text is inserted as text, never as HTML.
//
// A job keeps its row element while the job is on the page, so that the focus and the reading position stay. Only texts
// that have changed are written.

import { FACETS, START, STATUS, TYPE, apart, moment, near, number, time } from './words.js';

const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function put(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function tell(target, text) {
  put(target, text);
  target.hidden = !text;
}

/** Creates the filters. */
export function filters(onChange) {
  for (const { name, title, values } of FACETS) {
    const choices = Object.keys(values).map((value) => {
      const box = element('input', { type: 'checkbox', name, value });
      box.addEventListener('change', onChange);
      // A span and not an output element, because a screen reader would read out each change of an output.
      return element('label', {}, box, `${values[value]} `, element('span', { 'data-count': `${name} ${value}` }));
    });
    byId('choices').append(element('fieldset', {}, element('legend', {}, title), element('div', {}, ...choices)));
  }
}

/** Sets the controls to a state. The search box stays unchanged while the user types in it. */
export function controls(state) {
  const box = byId('q');
  if (document.activeElement !== box || !state.q) box.value = state.q;
  for (const choice of document.querySelectorAll('#filters input')) {
    choice.checked = state[choice.name].includes(choice.value);
  }
  const chosen = document.querySelectorAll('#filters input:checked').length;
  put(byId('fold'), chosen ? `Filters (${chosen})` : 'Filters');
  byId('clear').hidden = !chosen && !state.q;
  byId('size').value = state.size;
  byId('created').setAttribute('aria-sort', state.sort === 'asc' ? 'ascending' : 'descending');
  put(byId('sort').lastElementChild, state.sort === 'asc' ? '▲' : '▼');
  byId('plan').open = state.plan;
  byId('live').setAttribute('aria-pressed', state.live);
}

/** Shows all parts of a view. */
export function view(told, state, isNews) {
  counts(told.counts);
  summary(told);
  tell(byId('near'), near(told, state.q.trim()));
  meant(told.suggestions);
  rows(told.jobs, isNews);
  nothing(told, state);
  pager(told);
  put(byId('plan').lastElementChild, told.plan ?? '');
}

/** Shows near spellings that are much more common, each as a button that searches for it. */
function meant(suggestions) {
  const target = byId('meant');
  const key = JSON.stringify(suggestions);
  if (target.dataset.told === key) return;
  target.dataset.told = key;
  const buttons = suggestions.flatMap(({ keyword, total_count: total }, place) => [
    place ? ' or ' : 'Did you mean ',
    element('button', { type: 'button', 'data-q': keyword }, apart(keyword)),
    ` (${number(total)})`,
  ]);
  target.replaceChildren(...buttons, buttons.length ? '?' : '');
  target.hidden = !buttons.length;
}

function counts(told) {
  for (const { name, counts, values, counted } of FACETS) {
    Object.keys(values).forEach((value, place) => {
      put(document.querySelector(`[data-count="${name} ${value}"]`), number(told[counts][counted[place]]));
    });
  }
}

export const sentence = (told) =>
  `${number(told.total)} ${told.total === 1 ? 'job matches' : 'jobs match'}, page ${number(told.page)} of ${number(told.pages)}`;

function summary(told) {
  const target = byId('summary');
  const text = sentence(told);
  if (target.textContent === text) return;
  const total = number(told.total);
  target.replaceChildren(element('b', {}, total), text.slice(total.length));
}

function nothing(told, state) {
  const isPast = told.total > 0 && told.jobs.length === 0;
  const isFiltered = state.q || FACETS.some(({ name }) => state[name].length);
  const none = isFiltered ? 'No job matches these filters.' : 'There are no jobs.';
  const [text, button] = byId('nothing').children;
  byId('nothing').hidden = told.jobs.length > 0;
  put(text, isPast ? `This page is past the end. The last page is ${number(told.pages)}.` : none);
  put(button, isPast ? 'Last page' : 'Show all jobs');
  button.dataset.go = isPast ? 'last' : 'all';
  button.hidden = !isPast && !isFiltered;
}

function pager(told) {
  const input = byId('page');
  if (document.activeElement !== input) input.value = told.page;
  input.max = told.pages;
  put(byId('pages'), `of ${number(told.pages)}`);
  for (const button of document.querySelectorAll('[data-to]')) {
    const isBack = button.dataset.to === 'first' || button.dataset.to === 'before';
    // The button is only marked as disabled, because a disabled button would lose the focus on the last page.
    button.ariaDisabled = isBack ? told.page <= 1 : told.page >= told.pages;
  }
}

function rows(jobs, isNews) {
  const body = byId('rows');
  const focused = document.activeElement?.closest?.('#rows button');
  const place = focused && { id: focused.closest('tr').dataset.id, act: focused.dataset.act };
  const had = new Map([...body.children].map((row) => [row.dataset.id, row]));
  const wanted = jobs.map((job) => {
    const row = had.get(job.JobId) ?? newRow(job);
    const isOther = fill(row, job);
    row.classList.toggle('changed', isNews && isOther);
    return row;
  });
  const kept = new Set(wanted);
  for (const row of had.values()) if (!kept.has(row)) row.remove();
  wanted.forEach((row, at) => {
    if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
  });
  if (place) refocus(place);
}

/** Restores the focus after a row has moved. If the button is gone, focuses another button of the row, or the table. */
function refocus({ id, act }) {
  if (document.activeElement?.closest?.('#rows')) return;
  const row = document.querySelector(`#rows tr[data-id="${CSS.escape(id)}"]`);
  const button = row?.querySelector(`[data-act="${act}"]:not([hidden])`) ?? row?.querySelector('[data-act]:not([hidden])');
  (button ?? byId('jobs')).focus({ preventScroll: true });
}

function newRow(job) {
  const cell = (name, ...children) => element('td', { role: 'cell', class: name }, ...children);
  const act = (name, text) => element('button', { type: 'button', 'data-act': name }, text);
  return element(
    'tr', { role: 'row', 'data-id': job.JobId },
    cell('name', element('bdi', { dir: 'auto' }), element('small', { translate: 'no' }, job.JobId)),
    cell('status', element('span', { class: 'badge' })),
    cell('type', element('span'), element('small')),
    cell('start', element('span'), element('small')),
    cell('time', element('time')),
    cell('acts', act('stop', 'Stop'), ' ', act('delete', 'Delete')),
  );
}

/** Updates a row, and returns whether the status or the name of the job has changed. */
function fill(row, job) {
  const before = row.dataset.said;
  const [name, status, type, start, created, acts] = row.children;
  names(name.firstElementChild, job.Parts);
  const badge = status.firstElementChild;
  badge.dataset.status = job.Status;
  put(badge, STATUS[job.Status]);
  names(name.lastElementChild, job.ById ? ['', job.JobId] : [job.JobId]);
  name.title = job.Name;
  put(type.firstElementChild, TYPE[job.TemplateType]);
  put(type.lastElementChild, job.TemplateName);
  put(start.firstElementChild, START[job.StartMode]);
  put(start.lastElementChild, whenNext(job));
  start.title = job.Times ? `${time(job.Times[0])} to ${time(job.Times[1])} (UTC)` : '';
  created.firstElementChild.dateTime = job.CreateTime;
  put(created.firstElementChild, time(job.CreateTime));
  for (const button of acts.children) button.setAttribute('aria-label', `${button.textContent} ${job.Name.trim() || job.JobId}`);
  acts.firstElementChild.hidden = job.Status !== 1;
  row.dataset.said = `${job.Status} ${job.Name}`;
  return row.dataset.said !== before;
}

/** The time of the next change of status of a scheduled job. */
function whenNext({ Status, Times }) {
  if (!Times || Status === 2) return '';
  return Status === 0 ? `from ${moment(Times[0])}` : `until ${moment(Times[1])}`;
}

/** Shows a text whose pieces are plain and marked in turn. */
function names(target, parts) {
  const key = JSON.stringify(parts);
  if (target.dataset.parts === key) return;
  target.dataset.parts = key;
  const pieces = parts.map((text, place) => (place % 2 ? element('mark', {}, text) : text));
  target.replaceChildren(...pieces.filter((piece) => piece !== ''));
}

/** Shows an error of the list; an empty text clears it. */
export const trouble = (text) => tell(byId('trouble'), text);

/** Tells screen readers the result of the user's own step. */
export const say = (text) => put(byId('said'), text);

let noticed;

/** Shows a short notice about a finished action. */
export function notice(text) {
  put(byId('notice'), text);
  clearTimeout(noticed);
  noticed = setTimeout(() => put(byId('notice'), ''), 4000);
}
