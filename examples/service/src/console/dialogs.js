// The dialogs: submit a job, and confirm before a job is stopped or deleted.

import { act, templates, words } from './api.js';
import { TYPE, apart } from './words.js';

const VERBS = {
  stop: { title: 'Stop this job?', button: 'Stop', done: 'Stopped', action: 'SendLiveTranscodeJobCommand', more: { Command: 'stop' } },
  delete: { title: 'Delete this job?', button: 'Delete', done: 'Deleted', action: 'DeleteLiveTranscodeJob', more: {} },
};

/** Opens a dialog. When its form is sent, runs `work`, and closes the dialog if `work` succeeds. */
function run(dialog, work, onDone) {
  const form = dialog.querySelector('form');
  const trouble = dialog.querySelector('[role="alert"]');
  // While `work` runs, the button is not disabled, because a disabled button would lose the focus.
  let isBusy = false;
  trouble.hidden = true;
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    try {
      await work();
      dialog.close();
      onDone();
    } catch (error) {
      trouble.textContent = words(error);
      trouble.hidden = false;
    } finally {
      isBusy = false;
    }
  };
  form.querySelector('[value="cancel"]').onclick = () => dialog.close();
  dialog.showModal();
}

/** Stops or deletes a job after the user has confirmed it. */
export function confirm(verb, job, onDone) {
  const { title, button, done, action, more } = VERBS[verb];
  const dialog = document.getElementById('confirm');
  dialog.querySelector('h2').textContent = title;
  dialog.querySelector('bdi').textContent = job.name;
  dialog.querySelector('.id').textContent = job.id;
  dialog.querySelector('[value="ok"]').textContent = button;
  run(dialog, () => act(action, { JobId: job.id, ...more }), () => onDone(`${done}: ${apart(job.name)}`));
  dialog.querySelector('[value="cancel"]').focus();
}

/** Opens the dialog for a new job and submits the job. */
export async function submit(onDone) {
  const dialog = document.getElementById('submit');
  await fillTemplates(dialog.querySelector('select'));
  const times = dialog.querySelector('.times');
  const form = dialog.querySelector('form');
  form.onchange = () => {
    times.disabled = form.elements.StartMode.value !== '1';
  };
  form.onchange();
  suggestTimes(form);
  run(dialog, () => act('SubmitLiveTranscodeJob', params(form)), () => onDone(`Submitted: ${apart(form.elements.Name.value)}`));
  form.elements.Name.select();
}

async function fillTemplates(select) {
  if (select.options.length) return;
  const known = await templates();
  select.append(...known.map(({ TemplateId, TemplateName, TemplateType }) =>
    new Option(`${TemplateName} (${TYPE[TemplateType]})`, TemplateId)));
}

const utc = (date) => date.toISOString().slice(0, 19);

function suggestTimes(form) {
  const now = Date.now();
  form.elements.StartTime.value = utc(new Date(now + 60_000));
  form.elements.EndTime.value = utc(new Date(now + 3_660_000));
}

/** Turns `2026-07-20T02:48` of a form field into `2026-07-20T02:48:00Z` of the API. */
const asTime = (text) => `${text.length === 16 ? `${text}:00` : text.slice(0, 19)}Z`;

function params(form) {
  const { Name, TemplateId, StartMode, InputUrl, DomainName, StartTime, EndTime } = form.elements;
  const given = {
    Name: Name.value,
    TemplateId: TemplateId.value,
    StartMode: StartMode.value,
    StreamInput: JSON.stringify({ Type: 'rtmp', InputUrl: InputUrl.value }),
    TranscodeOutput: JSON.stringify({ Type: 'LiveCenter', DomainName: DomainName.value || undefined }),
  };
  if (StartMode.value === '1') {
    given.TimedConfig = JSON.stringify({ StartTime: asTime(StartTime.value), EndTime: asTime(EndTime.value) });
  }
  return given;
}
