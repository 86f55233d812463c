"""The official Python SDK against a service with a file, which is killed under load: `python kill.py PROGRAM FOLDER KEYS`.

Clients submit, rename, stop and delete jobs of their own in both signatures, and submit scheduled jobs. The service is killed by SIGKILL and started again. Then each answered write must be there, in every round.
"""

import datetime
import json
import random
import signal
import subprocess
import sys
import threading
import time

from alibabacloud_ice20201109 import models
from alibabacloud_ice20201109.client import Client
from alibabacloud_tea_openapi.utils_models import Config

PROGRAM, FOLDER, KEYS = sys.argv[1:]
with open(KEYS) as keys:
    KEY = json.loads(keys.readline())
ROUNDS, CLIENTS, DEMO_JOBS = 5, 6, 500
PENDING, RUNNING, STOPPED = 0, 1, 2


def start():
    """Starts the service on its folder. Returns the process and its address."""
    arguments = ['--data', FOLDER, '--jobs', str(DEMO_JOBS), '--listen', '127.0.0.1:0', '--log', 'error', '--access-keys', KEYS]
    process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith('listening on http://'), line
    return process, line.removeprefix('listening on http://').strip()


def client_of(address, signature='V3'):
    config = Config(access_key_id=KEY['id'], access_key_secret=KEY['secret'], protocol='HTTP', endpoint=address)
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


class Writer(threading.Thread):
    """A client that writes until the service is gone. `jobs` has name, status and start of its jobs after each answered write."""

    def __init__(self, address, number, round_number):
        super().__init__()
        self.client = client_of(address, 'V2' if number % 2 else 'V3')
        self.number, self.round_number = number, round_number
        self.jobs, self.deleted, self.unanswered = {}, set(), None
        self.submits = self.writes = 0
        self.chance = random.Random(number + round_number * CLIENTS)

    def run(self):
        try:
            while True:
                self.write()
                self.writes += 1
        except Exception as error:
            # The connection is refused or reset. A refusal of the service would have a status.
            assert not getattr(error, 'statusCode', None), repr(error)

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


def main():
    process, address = start()
    demo = set(listed(client_of(address)))
    assert len(demo) == DEMO_JOBS, len(demo)
    # These start and end while the service is killed again and again.
    begin = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    soon = client_of(address).submit_live_transcode_job(submission('soon', begin + datetime.timedelta(seconds=4))).body.job_id
    known, submits, writes = {}, 0, 0
    for round_number in range(ROUNDS):
        writers = [Writer(address, number, round_number) for number in range(CLIENTS)]
        for writer in writers:
            writer.start()
        time.sleep(1.5 + random.random())
        process.send_signal(signal.SIGKILL)
        process.wait()
        for writer in writers:
            writer.join()
        process, address = start()
        found = listed(client_of(address))
        assert demo <= set(found), 'a generated job is missing'
        assert soon in found, 'the scheduled job is missing'
        of_clients = {job_id: job for job_id, job in found.items() if job_id not in demo and job_id != soon}
        assert known.items() <= of_clients.items(), 'a job of an earlier round has changed'
        check({job_id: job for job_id, job in of_clients.items() if job_id not in known}, writers)
        known = of_clients
        submits, writes = submits + sum(w.submits for w in writers), writes + sum(w.writes for w in writers)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert now > begin + datetime.timedelta(seconds=5), now
    status = client_of(address).get_live_transcode_job(models.GetLiveTranscodeJobRequest(job_id=soon)).body.job.status
    assert status == RUNNING, status
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert submits > ROUNDS * CLIENTS, submits
    print(f'{ROUNDS} kills, {submits} answered submits of {writes} answered writes: none missing')


main()
