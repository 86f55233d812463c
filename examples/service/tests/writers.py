"""Clients that write by the official Python SDK and know what must be there afterwards, for `kill.py`, `replicas.py` and `sdk.py`."""

import base64
import datetime
import json
import random
import threading
import time
import urllib.error
import urllib.request

from alibabacloud_ice20201109 import models
from alibabacloud_ice20201109.client import Client
from alibabacloud_tea_openapi.utils_models import Config, GlobalParameters

PENDING, RUNNING, STOPPED = 0, 1, 2


def keys_of(path):
    """The ID and the secret of each key in a file of access keys."""
    with open(path) as lines:
        return [(key['id'], key['secret']) for key in map(json.loads, lines)]


def client_of(address, key, signature='V3', headers=None, queries=None):
    config = Config(access_key_id=key[0], access_key_secret=key[1], protocol='HTTP', endpoint=address)
    config.global_parameters = GlobalParameters(headers=headers or {}, queries=queries or {})
    config.signature_algorithm = 'v2' if signature == 'V2' else None
    return Client(config)


def submission(name, start=None):
    """A job that starts at once, or one that starts at a time and ends a minute later."""
    timed = None
    if start is not None:
        text = [moment.strftime('%Y-%m-%dT%H:%M:%SZ') for moment in (start, start + datetime.timedelta(minutes=1))]
        timed = models.SubmitLiveTranscodeJobRequestTimedConfig(start_time=text[0], end_time=text[1])
    return models.SubmitLiveTranscodeJobRequest(
        name=name,
        template_id='t-normal-1080',
        start_mode=0 if start is None else 1,
        stream_input=models.SubmitLiveTranscodeJobRequestStreamInput(type='rtmp', input_url='rtmp://in.example.com/live/1'),
        transcode_output=models.SubmitLiveTranscodeJobRequestTranscodeOutput(type='LiveCenter', domain_name='out.example.com'),
        timed_config=timed,
    )


def is_ready(address):
    try:
        with urllib.request.urlopen(f'http://{address}/healthz') as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


def wait_until(what, is_so):
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, f'not within 60 s: {what}'
        time.sleep(0.002)


def position(address, key):
    """How much of the server's log a process with a table has, in bytes."""
    basic = base64.b64encode(':'.join(key).encode()).decode()
    request = urllib.request.Request(f'http://{address}/metrics', headers={'Authorization': f'Basic {basic}'})
    with urllib.request.urlopen(request) as page:
        lines = page.read().decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith('jobdex_replica_position_bytes '))


def converge(addresses, address, key):
    """Waits until all processes of a table have what one of them has."""
    wanted = position(address, key)
    for other in addresses:
        wait_until(f'{other} has what {address} has', lambda: position(other, key) >= wanted)


class Writer(threading.Thread):
    """A client that writes until the service is gone. `jobs` has name and status of its jobs after each answered write."""

    def __init__(self, address, key, number, round_number):
        super().__init__()
        self.client = client_of(address, key, 'V2' if number % 2 else 'V3')
        self.number, self.round_number = number, round_number
        self.jobs, self.deleted, self.unanswered, self.failure = {}, set(), None, None
        self.submits = self.writes = 0
        self.chance = random.Random(number + round_number * 1000)

    def run(self):
        try:
            while self.goes_on():
                self.write()
                self.writes += 1
        except Exception as error:
            # The connection is refused or reset. A refusal of the service has a status.
            if isinstance(error, AssertionError) or getattr(error, 'statusCode', None):
                self.failure = repr(error)

    def goes_on(self):
        return True

    def answered(self, job_id):
        """Called after each answered write, with the job."""

    def write(self):
        name = f'client {self.number} round {self.round_number} write {self.writes}'
        own = self.chance.choice(list(self.jobs)) if self.jobs else None
        kind = self.chance.randrange(10)
        if own is None or kind < 6:
            start = None
            if kind == 0:
                start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)
            self.unanswered = ('submit', name)
            job_id = self.client.submit_live_transcode_job(submission(name, start)).body.job_id
            self.jobs[job_id] = (name, RUNNING if start is None else PENDING)
            self.submits += 1
            own = job_id
        elif kind < 8:
            self.unanswered = ('change', own)
            self.client.update_live_transcode_job(models.UpdateLiveTranscodeJobRequest(job_id=own, name=name))
            self.jobs[own] = (name, self.jobs[own][1])
        elif kind == 8 and self.jobs[own][1] == RUNNING:
            self.unanswered = ('change', own)
            request = models.SendLiveTranscodeJobCommandRequest(job_id=own, command='stop')
            self.client.send_live_transcode_job_command(request)
            self.jobs[own] = (self.jobs[own][0], STOPPED)
        else:
            self.unanswered = ('change', own)
            self.client.delete_live_transcode_job(models.DeleteLiveTranscodeJobRequest(job_id=own))
            del self.jobs[own]
            self.deleted.add(own)
        self.unanswered = None
        self.answered(own)


def listed(client, **params):
    """Name and status of all jobs, by ID."""
    jobs, page_no = {}, 1
    while True:
        page = client.list_live_transcode_jobs(models.ListLiveTranscodeJobsRequest(page_no=page_no, page_size=100, **params)).body
        jobs.update((job.job_id, (job.name, job.status)) for job in page.job_list)
        if len(page.job_list) < 100:
            assert page.total_count == len(jobs), (page.total_count, len(jobs))
            return jobs
        page_no += 1


def check(found, writers):
    """Checks the jobs of the service against the answers that its clients have got. Returns the jobs that count from now on."""
    failures = [writer.failure for writer in writers if writer.failure]
    assert not failures, failures
    expected, changed, submitted = {}, set(), set()
    for writer in writers:
        expected.update(writer.jobs)
        if writer.unanswered:
            {'change': changed, 'submit': submitted}[writer.unanswered[0]].add(writer.unanswered[1])
    deleted = set().union(*(writer.deleted for writer in writers))
    missing = [job_id for job_id in expected if job_id not in found and job_id not in changed]
    other = [job_id for job_id in expected if found.get(job_id) != expected[job_id] and job_id not in changed]
    assert not missing, f'{len(missing)} of {len(expected)} answered jobs are missing: {missing[:3]}'
    assert not other, f'{len(other)} jobs are not as answered: {[(expected[job_id], found[job_id]) for job_id in other[:3]]}'
    assert not deleted & set(found), 'a deleted job is back'
    surplus = [job for job_id, job in found.items() if job_id not in expected]
    assert all(name in submitted for name, _ in surplus), surplus
    return found
