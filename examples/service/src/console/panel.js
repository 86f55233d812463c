// The details of one job beside the list. The address of the page has the ID of the job.

import { copyButton } from './copy.js';
import { byId, element, ifChanged, put, tell } from './dom.js';
import { relative, local, utc, tellAgo } from './times.js';
import { START, STATUS, TYPE } from './words.js';

/** Below this width the details cover the page. */
const isNarrow = matchMedia('(max-width: 48rem)');

const panel = byId('job');

/** The ID of the job that is shown, and the job as it was told last; `null` once it is deleted. */
let shown = { id: '', job: undefined };

/** The job of the panel; `undefined` if it is not known or deleted. */
export const panelJob = () => shown.job && { id: shown.job.JobId, name: shown.job.Name, status: shown.job.Status };

/** Opens or closes the panel as the state says. `known` is what the list knows of the job. */
export function show(id, known) {
  if (id === shown.id) return;
  shown = { id, job: undefined };
  if (!id) {
    panel.close();
    return;
  }
  byId('job-fields').replaceChildren();
  if (known) fill(known);
  else put(panel.querySelector('bdi'), 'Loading…');
  byId('job-gone').hidden = true;
  if (!panel.open) (isNarrow.matches ? panel.showModal() : panel.show());
  byId('job-title').focus();
}

/** Takes what a view says of the job; `null` if it does not exist. */
export function take(id, job) {
  if (id !== shown.id || !id) return;
  if (job) {
    byId('job-gone').hidden = true;
    fill(job);
    return;
  }
  const isKnown = shown.job !== undefined;
  shown.job = null;
  if (!isKnown) put(panel.querySelector('bdi'), id);
  tell(byId('job-gone'), isKnown ? 'This job has been deleted.' : 'There is no job with this ID. It may have been deleted.');
  for (const button of panel.querySelectorAll('[data-act]')) button.hidden = true;
  if (document.activeElement?.matches('#job [data-act]')) byId('job-title').focus();
}

function fill(job) {
  shown.job = job;
  put(panel.querySelector('bdi'), job.Name.trim() ? job.Name : job.JobId);
  for (const button of panel.querySelectorAll('[data-act]')) button.hidden = false;
  panel.querySelector('[data-act="stop"]').hidden = job.Status !== 1;
  reconcile(byId('job-fields'), fields(job));
}

/** The fields: key, title, and what is shown: a text, a time or a status. */
function fields(job) {
  const streams = job.OutputStream.StreamInfos.flatMap(({ Type, OutputUrl }, place) => [
    { key: `output-${place}`, title: `Output stream (${Type})`, text: OutputUrl, isCopied: true },
  ]);
  return [
    { key: 'status', title: 'Status', status: job.Status },
    { key: 'id', title: 'Job ID', text: job.JobId, isCopied: true },
    { key: 'name', title: 'Name', text: job.Name, isCopied: true },
    { key: 'created', title: 'Created', time: job.CreateTime },
    { key: 'mode', title: 'Start mode', text: START[job.StartMode] },
    ...(job.Times ? [{ key: 'from', title: 'Scheduled start', time: job.Times[0] }, { key: 'until', title: 'Scheduled end', time: job.Times[1] }] : []),
    { key: 'type', title: 'Template type', text: TYPE[job.TemplateType] },
    { key: 'template', title: 'Template', text: job.TemplateName },
    { key: 'template-id', title: 'Template ID', text: job.TemplateId, isCopied: true },
    { key: 'input', title: `Input stream (${job.StreamInput.Type})`, text: job.StreamInput.InputUrl, isCopied: true },
    ...streams,
  ];
}

/** Updates the list of fields. A field that is unchanged keeps its elements, and with them the focus and the selection. */
function reconcile(list, wanted) {
  const had = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const rows = wanted.map((field) => {
    const row = had.get(field.key) ?? element('div', { 'data-key': field.key }, element('dt'), element('dd'));
    ifChanged(row, field, () => draw(row, field));
    return row;
  });
  for (const row of had.values()) if (!rows.includes(row)) row.remove();
  rows.forEach((row, at) => list.children[at] !== row && list.insertBefore(row, list.children[at] ?? null));
}

function draw(row, { title, text, time, status, isCopied }) {
  const [term, value] = row.children;
  put(term, title);
  if (time !== undefined) value.replaceChildren(...timeLines(time));
  else if (status !== undefined) value.replaceChildren(element('span', { class: 'badge', 'data-status': status }, STATUS[status]));
  else value.replaceChildren(element('bdi', { dir: 'auto' }, text || '(empty)'));
  if (isCopied && text) value.append(labelled(copyButton(text), `Copy ${title.toLowerCase()}`));
}

function labelled(button, label) {
  button.setAttribute('aria-label', label);
  return button;
}

function timeLines(text) {
  const ago = element('span', { 'data-ago': text, 'data-form': 'long' }, relative(text, 'long'));
  tellAgo(ago);
  const here = local(text);
  const lines = [element('time', { datetime: text, translate: 'no' }, `${utc(text)} UTC`), element('small', {}, ago)];
  if (here) lines.splice(1, 0, element('span', {}, here));
  return lines;
}

/** Calls `onClose` when the user closes the panel. */
export function start(onClose) {
  byId('job-close').addEventListener('click', () => panel.close());
  panel.addEventListener('close', () => {
    if (!shown.id) return;
    const { id } = shown;
    shown = { id: '', job: undefined };
    onClose();
    document.querySelector(`#rows tr[data-id="${CSS.escape(id)}"] a`)?.focus({ preventScroll: true });
  });
}

export const isOpen = () => panel.open;
export const close = () => panel.close();
