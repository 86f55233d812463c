"""The official Python SDK against a service with a file, which is killed under load: `python kill.py PROGRAM FOLDER KEYS`.

Clients submit, rename, stop and delete jobs of their own in both signatures, and submit scheduled jobs. The service is killed by SIGKILL and started again. Then each answered write must be there, in every round.
"""

import datetime
import random
import signal
import subprocess
import sys
import time

from alibabacloud_ice20201109 import models

from writers import RUNNING, Writer, check, client_of, keys_of, listed, submission

PROGRAM, FOLDER, KEYS = sys.argv[1:]
KEY = keys_of(KEYS)[0]
ROUNDS, CLIENTS, DEMO_JOBS = 5, 6, 500


def start():
    """Starts the service on its folder. Returns the process and its address."""
    arguments = ['--data', FOLDER, '--jobs', str(DEMO_JOBS), '--listen', '127.0.0.1:0', '--log', 'error', '--access-keys', KEYS]
    process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith('listening on http://'), line
    return process, line.removeprefix('listening on http://').strip()


def main():
    process, address = start()
    demo = set(listed(client_of(address, KEY)))
    assert len(demo) == DEMO_JOBS, len(demo)
    # These start and end while the service is killed again and again.
    begin = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    soon = client_of(address, KEY).submit_live_transcode_job(submission('soon', begin + datetime.timedelta(seconds=4))).body.job_id
    known, submits, writes = {}, 0, 0
    for round_number in range(ROUNDS):
        writers = [Writer(address, KEY, number, round_number) for number in range(CLIENTS)]
        for writer in writers:
            writer.start()
        time.sleep(1.5 + random.random())
        process.send_signal(signal.SIGKILL)
        process.wait()
        for writer in writers:
            writer.join()
        process, address = start()
        found = listed(client_of(address, KEY))
        assert demo <= set(found), 'a generated job is missing'
        assert soon in found, 'the scheduled job is missing'
        of_clients = {job_id: job for job_id, job in found.items() if job_id not in demo and job_id != soon}
        assert known.items() <= of_clients.items(), 'a job of an earlier round has changed'
        check({job_id: job for job_id, job in of_clients.items() if job_id not in known}, writers)
        known = of_clients
        submits, writes = submits + sum(w.submits for w in writers), writes + sum(w.writes for w in writers)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert now > begin + datetime.timedelta(seconds=5), now
    status = client_of(address, KEY).get_live_transcode_job(models.GetLiveTranscodeJobRequest(job_id=soon)).body.job.status
    assert status == RUNNING, status
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert submits > ROUNDS * CLIENTS, submits
    print(f'{ROUNDS} kills, {submits} answered submits of {writes} answered writes: none missing')


main()
