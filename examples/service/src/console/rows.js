// The rows of the table. A job keeps its row element while it is shown, so that the focus and the reading position stay.
// All rows have one height, so a change of a job moves no other.

import { copyButton } from './copy.js';
import { byId, element, ifChanged, put } from './dom.js';
import { isSelected } from './selected.js';
import { localMoment, moment, relative, tellAgo, utc, local } from './times.js';
import { START, STATUS, TYPE } from './words.js';

const body = byId('rows');

/** The parts of each row, and the job that it shows; `null` once the job is deleted. */
const parts = new WeakMap();

const rowOf = (id) => body.querySelector(`tr[data-id="${CSS.escape(id)}"]`);

/** The IDs of the shown jobs, in order. */
export const shownIds = () => [...body.children].map((row) => row.dataset.id);

/** The job of the row that has this element; `undefined` for none, and for a deleted job. */
export function jobAt(target) {
  const row = target.closest?.('#rows tr');
  const job = row && parts.get(row).job;
  return job ? { id: job.JobId, name: job.Name, status: job.Status } : undefined;
}

/** The shown job with this ID, as the service told it. */
export const jobWith = (id) => parts.get(rowOf(id) ?? body)?.job;

/** The jobs of all rows. */
export const shownJobs = () => [...body.children].map(jobAt).filter(Boolean);

/** Shows these jobs in this order, and no others. */
export function arrange(jobs, isNews) {
  const place = focusPlace();
  const had = new Map([...body.children].map((row) => [row.dataset.id, row]));
  const wanted = jobs.map((job) => {
    const row = had.get(job.JobId) ?? newRow(job);
    fill(row, job, isNews);
    return row;
  });
  const kept = new Set(wanted);
  for (const row of had.values()) if (!kept.has(row)) row.remove();
  wanted.forEach((row, at) => {
    if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
  });
  if (place) refocus(place);
}

/** Updates the rows of these jobs where they are. Jobs without a row are left out. */
export function update(jobs) {
  for (const job of jobs) {
    const row = rowOf(job.JobId);
    if (row) fill(row, job, true);
  }
}

/** Shows a job as deleted, in its place. */
export function remove(id) {
  const row = rowOf(id);
  if (!row) return;
  const { pick, badge, stop, del, link } = parts.get(row);
  const had = document.activeElement;
  parts.get(row).job = null;
  row.classList.add('removed');
  row.classList.remove('changed');
  badge.dataset.status = 'gone';
  put(badge, 'Deleted');
  pick.checked = false;
  for (const control of [pick, stop, del]) control.hidden = true;
  if ([pick, stop, del].includes(had)) link.focus({ preventScroll: true });
}

/** Sets the boxes of all rows by the selection. */
export function check() {
  for (const row of body.children) parts.get(row).pick.checked = isSelected(row.dataset.id);
}

/** Marks the row of the job whose details are shown. */
export function markCurrent(id) {
  for (const row of body.children) {
    const { link } = parts.get(row);
    if (row.dataset.id === id) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

function focusPlace() {
  const focused = document.activeElement?.closest?.('#rows tr *');
  return focused && { id: focused.closest('tr').dataset.id, part: focused.dataset.part };
}

/** Restores the focus after a row has moved. If the control is gone, focuses the link of the row, or the table. */
function refocus({ id, part }) {
  if (document.activeElement?.closest?.('#rows')) return;
  const row = rowOf(id);
  const control = row?.querySelector(`[data-part="${part}"]:not([hidden])`) ?? row?.querySelector('a');
  (control ?? byId('jobs')).focus({ preventScroll: true });
}

function newRow(job) {
  const pick = element('input', { type: 'checkbox', 'data-part': 'pick' });
  const bdi = element('bdi', { dir: 'auto' });
  const link = element('a', { href: `/?${new URLSearchParams({ job: job.JobId })}`, 'data-part': 'link' }, bdi);
  const id = element('span', { translate: 'no' });
  const copy = copyButton(job.JobId);
  copy.dataset.part = 'copy';
  const badge = element('span', { class: 'badge' });
  const [type, template, start, next] = ['span', 'small', 'span', 'small'].map((name) => element(name));
  const created = element('time', { translate: 'no' });
  const ago = element('span', { 'data-ago': '' });
  const here = element('span', { class: 'here' });
  const act = (name, text) => element('button', { type: 'button', 'data-act': name, 'data-part': name }, text);
  const [stop, del] = [act('stop', 'Stop'), act('delete', 'Delete')];
  const cell = (name, ...children) => element('td', { role: 'cell', class: name }, ...children);
  const row = element(
    'tr', { role: 'row', 'data-id': job.JobId },
    cell('name', element('div', {}, pick, element('div', {}, link, element('small', {}, id, copy)))),
    cell('status', badge),
    cell('type', type, template),
    cell('start', start, next),
    cell('time', created, element('small', {}, ago, here)),
    cell('acts', stop, ' ', del),
  );
  parts.set(row, { pick, bdi, link, id, copy, badge, type, template, start, next, created, ago, here, stop, del });
  return row;
}

function fill(row, job, isNews) {
  const of = parts.get(row);
  const isOther = of.job !== undefined && (of.job?.Status !== job.Status || of.job?.Name !== job.Name);
  of.job = job;
  row.classList.remove('removed');
  row.classList.toggle('changed', isNews && isOther);
  named(of, job);
  of.badge.dataset.status = job.Status;
  put(of.badge, STATUS[job.Status]);
  put(of.type, TYPE[job.TemplateType]);
  put(of.template, job.TemplateName);
  of.template.title = job.TemplateName;
  put(of.start, START[job.StartMode]);
  put(of.next, whenNext(job));
  of.start.parentNode.title = job.Times ? `${utc(job.Times[0])} to ${utc(job.Times[1])} (UTC)` : '';
  times(of, job.CreateTime);
  of.pick.hidden = of.del.hidden = false;
  of.pick.checked = isSelected(job.JobId);
  of.stop.hidden = job.Status !== 1;
}

function named(of, job) {
  pieces(of.bdi, fromMark(job.Parts ?? [job.Name]));
  pieces(of.id, job.ById ? ['', job.JobId] : [job.JobId]);
  const name = job.Name.trim() || job.JobId;
  of.link.title = job.Name;
  // A name of white space has no text that a link could show.
  of.link.classList.toggle('nameless', !job.Name.trim());
  of.link.setAttribute('aria-label', name);
  of.pick.setAttribute('aria-label', `Select ${name}`);
  of.copy.setAttribute('aria-label', `Copy ID of ${name}`);
  for (const button of [of.stop, of.del]) button.setAttribute('aria-label', `${button.textContent} ${name}`);
}

function times({ created, ago, here }, text) {
  created.dateTime = text;
  put(created, utc(text));
  created.parentNode.title = [local(text), relative(text, 'long')].filter(Boolean).join(', ');
  ago.dataset.ago = text;
  tellAgo(ago);
  const near = localMoment(text);
  put(here, near && ` · ${near}`);
}

/** The time of the next change of status of a scheduled job. */
function whenNext({ Status, Times }) {
  if (!Times || Status === 2) return '';
  return Status === 0 ? `from ${moment(Times[0])}` : `until ${moment(Times[1])}`;
}

/** Longest text before the first mark, and the rest of a longer one, in characters. */
const LEAD_MAX = 28;
const LEAD_CUT = 12;
const CHARACTERS = new Intl.Segmenter();

/** Cuts the start of a long name off, so that its first mark is in sight. */
function fromMark([lead, ...rest]) {
  if (!rest.length || lead.length <= LEAD_MAX) return [lead, ...rest];
  const end = [...CHARACTERS.segment(lead)].slice(-LEAD_CUT).map(({ segment }) => segment);
  return [`…${end.join('')}`, ...rest];
}

/** Shows a text whose pieces are plain and marked in turn. */
function pieces(target, texts) {
  ifChanged(target, texts, () => {
    const shown = texts.map((text, place) => (place % 2 ? element('mark', {}, text) : text));
    target.replaceChildren(...shown.filter((piece) => piece !== ''));
  });
}
