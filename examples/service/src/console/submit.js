// The dialog for a new job.

import { act, templates } from './api.js';
import { byId } from './dom.js';
import { fault, given, isValid } from './fields.js';
import { asTime } from './filters.js';
import { run } from './forms.js';
import { now } from './times.js';
import { TYPE, apart } from './words.js';

const WEEK = 7 * 24 * 3_600_000;

/** Opens the dialog and submits the job. */
export async function submit(onDone) {
  const dialog = byId('submit');
  await fillTemplates(dialog.querySelector('select'));
  const form = dialog.querySelector('form');
  const times = dialog.querySelector('.times');
  form.onchange = () => {
    times.disabled = form.elements.StartMode.value !== '1';
  };
  form.onchange();
  // A field that has been mended is no longer wrong.
  form.oninput = ({ target }) => target.matches('[aria-invalid]') && fault(target, '');
  suggestTimes(form);
  run(dialog, {
    isReady: () => isValid(form, rules(form)),
    work: () => act('SubmitLiveTranscodeJob', params(form)),
    onDone: () => onDone(`Submitted: ${apart(form.elements.Name.value)}`),
  });
  form.elements.Name.select();
}

async function fillTemplates(select) {
  if (select.options.length) return;
  const known = await templates();
  select.append(...known.map(({ TemplateId, TemplateName, TemplateType }) =>
    new Option(`${TemplateName} (${TYPE[TemplateType]})`, TemplateId)));
}

const asField = (millis) => new Date(millis).toISOString().slice(0, 19);

function suggestTimes(form) {
  form.elements.StartTime.value = asField(now() + 60_000);
  form.elements.EndTime.value = asField(now() + 3_660_000);
}

function rules(form) {
  return {
    Name: given('a name'),
    InputUrl: (value) =>
      given('the address of the stream')(value)
      || (/^rtmp:\/\/\S+$/.test(value) ? '' : 'The address must begin with rtmp:// and have no spaces.'),
    DomainName: (value) =>
      !value || (/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value) && value.length <= 253)
        ? '' : 'A domain has letters, digits, hyphens and dots, such as live.example.com.',
    StartTime: whenPossible,
    EndTime: (value, field) =>
      whenPossible(value, field)
      || (asTime(value) > asTime(form.elements.StartTime.value) ? '' : 'The end must be after the start.'),
  };
}

function whenPossible(value, field) {
  if (field.validity.badInput || !value) return 'Enter a whole date and time.';
  const ahead = Date.parse(asTime(value)) - now();
  // The clock of the service counts whole seconds.
  if (ahead < -1000) return 'This time is in the past.';
  return ahead > WEEK ? 'This time is more than 7 days ahead.' : '';
}

function params(form) {
  const { Name, TemplateId, StartMode, InputUrl, DomainName, StartTime, EndTime } = form.elements;
  const params = {
    Name: Name.value,
    TemplateId: TemplateId.value,
    StartMode: StartMode.value,
    StreamInput: JSON.stringify({ Type: 'rtmp', InputUrl: InputUrl.value }),
    TranscodeOutput: JSON.stringify({ Type: 'LiveCenter', DomainName: DomainName.value || undefined }),
  };
  if (StartMode.value === '1') {
    params.TimedConfig = JSON.stringify({ StartTime: asTime(StartTime.value), EndTime: asTime(EndTime.value) });
  }
  return params;
}
