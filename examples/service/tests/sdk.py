"""The official Python SDK against a running service: `python sdk.py ADDRESS KEYS`.

The service runs with `--jobs 1000 --jobs-max 1100 --faults --access-keys KEYS`. The first key of KEYS may do everything, and
the second may only read. Every test is done with both signatures, V3 (action in headers)
and V2 (action in the query), and with the synchronous and the asynchronous methods.

`python sdk.py ADDRESS,ADDRESS,ADDRESS KEYS` asks processes of one table by turns, each call another one. After a write, the next
call waits until all processes have it.
"""

import asyncio
import datetime
import itertools
import sys
import time
import unittest

from alibabacloud_ice20201109 import models
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from writers import client_of, converge, is_ready, keys_of, wait_until

ADDRESSES = sys.argv.pop(1).split(',')
KEY, READER = keys_of(sys.argv.pop(1))
DEMO_JOBS, JOBS_MAX = 1000, 1100
PENDING, RUNNING, STOPPED = 0, 1, 2


class Service:
    """One way to call the service. The methods have the names of the SDK's client, without `_live_transcode_job`."""

    def __init__(self, signature, is_async, headers=None, queries=None, key=KEY, addresses=ADDRESSES):
        clients = [(address, client_of(address, key, signature, headers, queries)) for address in addresses]
        self.turns, self.is_async = itertools.cycle(clients), is_async
        self.said = f"{signature} {'async' if is_async else 'sync'}"

    @property
    def client(self):
        return next(self.turns)[1]

    def call(self, name, request):
        address, client = next(self.turns)
        if self.is_async:
            response = asyncio.run(getattr(client, f'{name}_async')(request))
        else:
            response = getattr(client, name)(request)
        assert response.status_code == 200, response.status_code
        if len(ADDRESSES) > 1 and not name.startswith(('list', 'get')):
            converge(ADDRESSES, address, KEY)
        return response.body

    def list(self, **params):
        return self.call('list_live_transcode_jobs', models.ListLiveTranscodeJobsRequest(**params))

    def get(self, job_id):
        return self.call('get_live_transcode_job', models.GetLiveTranscodeJobRequest(job_id=job_id))

    def submit(self, **params):
        return self.call('submit_live_transcode_job', models.SubmitLiveTranscodeJobRequest(**params))

    def update(self, **params):
        return self.call('update_live_transcode_job', models.UpdateLiveTranscodeJobRequest(**params))

    def command(self, **params):
        return self.call('send_live_transcode_job_command', models.SendLiveTranscodeJobCommandRequest(**params))

    def delete(self, job_id):
        return self.call('delete_live_transcode_job', models.DeleteLiveTranscodeJobRequest(job_id=job_id))


WAYS = [(signature, is_async) for signature in ('V3', 'V2') for is_async in (False, True)]


def stream(url='rtmp://in.example.com/live/1', kind='rtmp'):
    return models.SubmitLiveTranscodeJobRequestStreamInput(type=kind, input_url=url)


def output(domain='out.example.com', kind='LiveCenter'):
    return models.SubmitLiveTranscodeJobRequestTranscodeOutput(type=kind, domain_name=domain)


def times(start, end, of=models.SubmitLiveTranscodeJobRequestTimedConfig):
    def text(seconds):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        return moment.strftime('%Y-%m-%dT%H:%M:%SZ')

    return of(start_time=text(start), end_time=text(end))


def submission(**changes):
    params = dict(name='SDK 电影 قناة <b>&+%', template_id='t-normal-1080', start_mode=0, stream_input=stream(), transcode_output=output())
    return {**params, **changes}


def in_each_way(test):
    """Runs the test once for each way to call the service."""

    def tests(self):
        for signature, is_async in WAYS:
            service = Service(signature, is_async)
            with self.subTest(service.said):
                test(self, service)

    return tests


class Sdk(unittest.TestCase):
    maxDiff = None

    def refused(self, status, code, message, call, /, *args, **params):
        """Checks that the call fails as the API documents it, in all fields that the SDK shows."""
        with self.assertRaises(Exception) as caught:
            call(*args, **params)
        error = caught.exception
        self.assertTrue(hasattr(error, 'data'), repr(error))
        self.assertEqual((error.statusCode, error.code), (status, code), error.message)
        self.assertEqual(error.data['Message'], message)
        self.assertIn(message, error.message)
        self.assertRegex(error.request_id, '^[0-9A-F]{8}-([0-9A-F]{4}-){3}[0-9A-F]{12}$')
        self.assertEqual(set(error.data) - {'statusCode'}, {'RequestId', 'HostId', 'Code', 'Message', 'Recommend'})
        self.assertEqual(error.data['RequestId'], error.request_id)

    def invalid(self, name, call, /, *args, **params):
        self.refused(400, 'InvalidParameter', f'The specified parameter "{name}" is not valid.', call, *args, **params)

    def missing(self, name, call, /, *args, **params):
        message = f'The input parameter "{name}" that is mandatory for processing this request is not supplied.'
        self.refused(400, 'MissingParameter', message, call, *args, **params)

    @in_each_way
    def test_every_action_in_the_life_of_a_job(self, service):
        asked = submission()
        job_id = service.submit(**asked).job_id
        job = service.get(job_id).job
        self.assertEqual(
            (job.name, job.job_id, job.template_id, job.template_name, job.template_type, job.start_mode, job.status),
            (asked['name'], job_id, 't-normal-1080', 'HD 1080p', 'normal', 0, RUNNING),
        )
        self.assertEqual((job.stream_input.type, job.stream_input.input_url), ('rtmp', 'rtmp://in.example.com/live/1'))
        self.assertEqual(job.output_stream.stream_infos[0].output_url, f'rtmp://out.example.com/live/{job_id}')
        self.assertRegex(job.create_time, r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
        listed = service.list(key_word=job_id.upper())
        self.assertEqual((listed.total_count, listed.job_list[0].to_map()), (1, job.to_map()))
        service.update(job_id=job_id, name='Renamed by SDK')
        self.assertEqual(service.get(job_id).job.name, 'Renamed by SDK')
        self.assertEqual(service.list(key_word='renamed sdk').total_count, 1)
        service.command(job_id=job_id, command='stop')
        self.assertEqual(service.get(job_id).job.status, STOPPED)
        self.assertTrue(service.delete(job_id).request_id)
        self.refused(404, 'JobNotFound', 'No such job.', service.get, job_id)

    def test_a_scheduled_job_starts_and_ends_by_its_times(self):
        # Another process may show a start some milliseconds later, so each job is asked for at one.
        services = [Service(*way, addresses=[address]) for way, address in zip(WAYS, itertools.cycle(ADDRESSES))]
        jobs = [service.submit(**submission(start_mode=1, timed_config=times(2, 4))).job_id for service in services]
        seen = {job_id: [] for job_id in jobs}
        until = time.monotonic() + 8
        while time.monotonic() < until and not all(states[-1:] == [STOPPED] for states in seen.values()):
            for service, job_id in zip(services, jobs):
                status = service.get(job_id).job.status
                if seen[job_id][-1:] != [status]:
                    seen[job_id].append(status)
            time.sleep(0.1)
        for service, job_id in zip(services, jobs):
            service.delete(job_id)
            self.assertEqual(seen[job_id], [PENDING, RUNNING, STOPPED], service.said)

    @in_each_way
    def test_a_timed_job_changes_all_of_its_fields_before_it_starts(self, service):
        job_id = service.submit(**submission(start_mode=1, timed_config=times(3600, 7200))).job_id
        service.update(
            job_id=job_id,
            name='Later',
            stream_input=models.UpdateLiveTranscodeJobRequestStreamInput(type='rtmp', input_url='rtmp://other/1'),
            transcode_output=models.UpdateLiveTranscodeJobRequestTranscodeOutput(type='LiveCenter', domain_name='other.example.com'),
            timed_config=times(0, 60, models.UpdateLiveTranscodeJobRequestTimedConfig),
        )
        job = service.get(job_id).job
        self.assertEqual((job.name, job.stream_input.input_url, job.status), ('Later', 'rtmp://other/1', RUNNING))
        self.assertEqual(job.output_stream.stream_infos[0].output_url, f'rtmp://other.example.com/live/{job_id}')
        service.delete(job_id)

    @in_each_way
    def test_a_thousand_jobs_page_by_page_in_both_orders(self, service):
        walks = {}
        for sort_by, page_size in (('desc', 100), ('asc', 37)):
            walk, page_no = [], 1
            while True:
                page = service.list(page_no=page_no, page_size=page_size, sort_by=sort_by)
                self.assertEqual(page.total_count, DEMO_JOBS)
                walk += [(job.create_time, job.job_id) for job in page.job_list]
                if len(page.job_list) < page_size:
                    break
                page_no += 1
            self.assertEqual(page_no, DEMO_JOBS // page_size + 1)
            walks[sort_by] = walk
        self.assertEqual(len(set(walks['asc'])), DEMO_JOBS)
        self.assertEqual(walks['asc'], sorted(walks['asc']))
        self.assertEqual(walks['desc'], walks['asc'][::-1])
        past = service.list(page_no=10**15, page_size=100)
        self.assertEqual((past.total_count, past.job_list), (DEMO_JOBS, []))

    @in_each_way
    def test_filters_add_up_and_the_defaults_are_those_of_the_reference(self, service):
        page = service.list()
        self.assertEqual((page.total_count, len(page.job_list)), (DEMO_JOBS, 10))
        self.assertEqual([job.job_id for job in page.job_list], [job.job_id for job in service.list(page_no=1, page_size=10, sort_by='desc', key_word='', type='').job_list])
        # Scheduled jobs change their status between two calls.
        immediate = service.list(start_mode=0).total_count
        self.assertEqual(sum(service.list(status=status, start_mode=0).total_count for status in (0, 1, 2)), immediate)
        self.assertEqual(sum(service.list(start_mode=mode).total_count for mode in (0, 1)), DEMO_JOBS)
        kinds = ('normal', 'narrow-band', 'audio-only', 'origin')
        self.assertEqual(sum(service.list(type=kind).total_count for kind in kinds), DEMO_JOBS)
        both = service.list(type='origin', status=STOPPED, start_mode=0, page_size=100)
        self.assertTrue(both.job_list)
        for job in both.job_list:
            self.assertEqual((job.template_type, job.status, job.start_mode), ('origin', STOPPED, 0))

    @in_each_way
    def test_a_keyword_finds_also_with_a_typo_and_in_any_script(self, service):
        self.assertGreater(service.list(key_word='news').total_count, 0)
        self.assertEqual(service.list(key_word='NEWS').total_count, service.list(key_word='news').total_count)
        self.assertGreater(service.list(key_word='natoinal').total_count, 0)
        self.assertGreater(service.list(key_word='新闻').total_count, 0)
        self.assertEqual(service.list(key_word='qqqqqqqqqq').total_count, 0)

    @in_each_way
    def test_each_wrong_list_parameter_is_refused_by_name(self, service):
        for name, params in (
            ('PageNo', dict(page_no=0)), ('PageNo', dict(page_no=-1)), ('PageSize', dict(page_size=101)), ('PageSize', dict(page_size=0)),
            ('Status', dict(status=7)), ('StartMode', dict(start_mode=2)), ('SortBy', dict(sort_by='ASC')), ('Type', dict(type='Normal')),
            ('KeyWord', dict(key_word='x' * 129)), ('PageNo', dict(page_no='one')),
        ):
            self.invalid(name, service.list, **params)

    @in_each_way
    def test_a_request_that_is_too_long_is_refused(self, service):
        message = 'The specified parameter "URL" is not valid.'
        self.refused(414, 'InvalidParameter', message, service.list, key_word='x' * 20_000)
        self.refused(414, 'InvalidParameter', message, service.submit, **submission(name='电' * 6_000))

    @in_each_way
    def test_each_missing_parameter_is_named(self, service):
        for name, field in (('Name', 'name'), ('TemplateId', 'template_id'), ('StartMode', 'start_mode'), ('StreamInput', 'stream_input'), ('TranscodeOutput', 'transcode_output')):
            self.missing(name, service.submit, **submission(**{field: None}))
        self.missing('TimedConfig', service.submit, **submission(start_mode=1))
        self.missing('StreamInput.Type', service.submit, **submission(stream_input=stream(kind=None)))
        self.missing('StreamInput.InputUrl', service.submit, **submission(stream_input=stream(url=None)))
        self.missing('TranscodeOutput.Type', service.submit, **submission(transcode_output=output(kind=None)))
        for call in (service.get, service.delete):
            self.missing('JobId', call, None)
        self.missing('JobId', service.update, name='x')
        self.missing('JobId', service.command, command='stop')
        self.missing('Command', service.command, job_id='x')

    @in_each_way
    def test_each_wrong_parameter_of_a_submission_is_named(self, service):
        for name, changes in (
            ('Name', dict(name='x' * 1025)), ('TemplateId', dict(template_id='none')), ('StartMode', dict(start_mode=2)),
            ('StreamInput.Type', dict(stream_input=stream(kind='hls'))), ('StreamInput.InputUrl', dict(stream_input=stream(url='http://a/b'))),
            ('TranscodeOutput.Type', dict(transcode_output=output(kind='Elsewhere'))),
            ('TranscodeOutput.DomainName', dict(transcode_output=output(domain='a/b'))),
            ('TimedConfig.StartTime', dict(start_mode=1, timed_config=times(-60, 60))),
            ('TimedConfig.EndTime', dict(start_mode=1, timed_config=times(60, 8 * 24 * 3600))),
            ('TimedConfig.EndTime', dict(start_mode=1, timed_config=times(120, 60))),
        ):
            self.invalid(name, service.submit, **submission(**changes))

    @in_each_way
    def test_what_a_state_forbids_is_refused(self, service):
        conflict = (409, 'JobStatusConflict', 'The status of the job does not allow the operation.')
        untimed = service.submit(**submission()).job_id
        timed = service.submit(**submission(start_mode=1, timed_config=times(3600, 7200))).job_id
        self.refused(*conflict, service.command, job_id=timed, command='stop')
        self.invalid('Command', service.command, job_id=untimed, command='start')
        other = models.UpdateLiveTranscodeJobRequestStreamInput(type='rtmp', input_url='rtmp://other/1')
        self.refused(403, 'OperationDenied', 'The operation is denied.', service.update, job_id=untimed, stream_input=other)
        service.command(job_id=untimed, command='stop')
        self.refused(*conflict, service.command, job_id=untimed, command='stop')
        service.update(job_id=timed, timed_config=times(0, 60, models.UpdateLiveTranscodeJobRequestTimedConfig))
        self.refused(*conflict, service.update, job_id=timed, stream_input=other)
        for job_id in (untimed, timed):
            service.delete(job_id)
            for call in (service.get, service.delete):
                self.refused(404, 'JobNotFound', 'No such job.', call, job_id)
            self.refused(404, 'JobNotFound', 'No such job.', service.command, job_id=job_id, command='stop')
            self.refused(404, 'JobNotFound', 'No such job.', service.update, job_id=job_id, name='x')

    @in_each_way
    def test_an_unknown_action_and_another_version_are_refused(self, service):
        for name, action, version in (('Action', 'ListNothing', '2020-11-09'), ('Version', 'ListLiveTranscodeJobs', '2019-01-01')):
            params = Params(action=action, version=version, protocol='HTTP', pathname='/', method='POST', auth_type='AK', style='RPC', req_body_type='formData', body_type='json')
            if service.is_async:
                call = lambda: asyncio.run(service.client.call_api_async(params, OpenApiRequest(query={}), RuntimeOptions()))
            else:
                call = lambda: service.client.call_api(params, OpenApiRequest(query={}), RuntimeOptions())
            self.invalid(name, call)

    def test_a_call_from_a_page_of_another_site_is_forbidden(self):
        for signature, is_async in WAYS:
            service = Service(signature, is_async, {'sec-fetch-site': 'cross-site'})
            with self.subTest(service.said):
                self.refused(403, 'Forbidden', 'You are not allowed to do this.', service.delete, 'x')
                self.assertEqual(service.list().total_count, DEMO_JOBS, 'reading is allowed')

    def test_only_a_key_with_its_secret_may_ask_and_only_what_its_policy_allows(self):
        for signature, is_async in WAYS:
            def service(key):
                return Service(signature, is_async, key=key)

            with self.subTest(service(KEY).said):
                self.refused(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.', service(('nobody', KEY[1])).list)
                message = 'Specified signature is not matched with our calculation.'
                self.refused(400, 'SignatureDoesNotMatch', message, service((KEY[0], READER[1])).list)
                job_id = service(READER).list(page_size=1).job_list[0].job_id
                self.assertEqual(service(READER).get(job_id).job.job_id, job_id)
                message = 'User not authorized to operate on the specified resource.'
                self.refused(403, 'Forbidden.RAM', message, service(READER).delete, job_id)
                self.refused(403, 'Forbidden.RAM', message, service(READER).submit, **submission())

    def test_a_request_that_comes_again_or_with_an_old_time_is_refused(self):
        for signature, is_async in WAYS:
            def service(name, value):
                headers, queries = {}, {}
                if signature == 'V3':
                    headers[{'nonce': 'x-acs-signature-nonce', 'time': 'x-acs-date'}[name]] = value
                else:
                    queries[{'nonce': 'SignatureNonce', 'time': 'Timestamp'}[name]] = value
                # Each process remembers the nonces that it has seen itself.
                return Service(signature, is_async, headers, queries, addresses=ADDRESSES[:1])

            once = service('nonce', f'{signature} {is_async} {time.time()}')
            with self.subTest(once.said):
                self.assertEqual(once.list().total_count, DEMO_JOBS)
                self.refused(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.', once.list)
                message = 'Specified time stamp or date value is expired.'
                for minutes in (-16, 16):
                    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
                    late = service('time', moment.strftime('%Y-%m-%dT%H:%M:%SZ'))
                    self.refused(400, 'InvalidTimeStamp.Expired', message, late.list)

    def test_a_failure_of_the_service_is_an_internal_error_and_the_next_call_works(self):
        for signature, is_async in WAYS:
            service = Service(signature, is_async, {'x-demo-fault': 'panic'})
            with self.subTest(service.said):
                self.refused(500, 'InternalError', 'The request failed because of an internal error.', service.list)
                self.assertEqual(Service(signature, is_async).list().total_count, DEMO_JOBS)

    def test_a_service_that_is_full_says_so(self):
        service = Service('V3', False)
        jobs = [service.submit(**submission(name=f'Filler {number}')).job_id for number in range(JOBS_MAX - DEMO_JOBS)]
        try:
            for signature, is_async in WAYS:
                service = Service(signature, is_async)
                message = 'The service is not available at the moment. Try again later.'
                self.refused(503, 'ServiceUnAvailable', message, service.submit, **submission())
        finally:
            for job_id in jobs:
                service.delete(job_id)
        self.assertEqual(service.list().total_count, DEMO_JOBS)


if __name__ == '__main__':
    # A process with a table fills its replica first.
    wait_until('all are ready', lambda: all(map(is_ready, ADDRESSES)))
    unittest.main()
