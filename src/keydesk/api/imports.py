"""User import jobs: the published types of their operations."""

from keydesk.api.operation import operation
from keydesk.domain import import_file
from keydesk.domain.import_job import ImportJob
from keydesk.flows import imports, paging, pools
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateUserImportJobRequest,
    CreateUserImportJobResponse,
    DescribeUserImportJobRequest,
    DescribeUserImportJobResponse,
    GetCSVHeaderRequest,
    GetCSVHeaderResponse,
    ListUserImportJobsRequest,
    ListUserImportJobsResponse,
    StartUserImportJobRequest,
    StartUserImportJobResponse,
    StopUserImportJobRequest,
    StopUserImportJobResponse,
    UserImportJobType,
)


@operation("GetCSVHeader")
async def get_csv_header(call: Call, ask: GetCSVHeaderRequest) -> GetCSVHeaderResponse:
    pool = await pools.here(ask.user_pool_id, call)
    return GetCSVHeaderResponse(user_pool_id=pool.id, csv_header=list(import_file.columns(pool)))


@operation("CreateUserImportJob")
async def create_user_import_job(call: Call, ask: CreateUserImportJobRequest) -> CreateUserImportJobResponse:
    return CreateUserImportJobResponse(user_import_job=_shown(await imports.create(ask, call), call))


@operation("DescribeUserImportJob")
async def describe_user_import_job(call: Call, ask: DescribeUserImportJobRequest) -> DescribeUserImportJobResponse:
    job = await imports.here(ask.user_pool_id, ask.job_id, call)
    return DescribeUserImportJobResponse(user_import_job=_shown(job, call))


@operation("ListUserImportJobs")
async def list_user_import_jobs(call: Call, ask: ListUserImportJobsRequest) -> ListUserImportJobsResponse:
    found, token = await imports.page(ask.user_pool_id, ask.pagination_token, paging.size(ask.max_results), call)
    return ListUserImportJobsResponse(user_import_jobs=[_shown(job, call) for job in found], pagination_token=token)


@operation("StartUserImportJob")
async def start_user_import_job(call: Call, ask: StartUserImportJobRequest) -> StartUserImportJobResponse:
    job = await imports.start(ask.user_pool_id, ask.job_id, call)
    return StartUserImportJobResponse(user_import_job=_shown(job, call))


@operation("StopUserImportJob")
async def stop_user_import_job(call: Call, ask: StopUserImportJobRequest) -> StopUserImportJobResponse:
    job = await imports.stop(ask.user_pool_id, ask.job_id, call)
    return StopUserImportJobResponse(user_import_job=_shown(job, call))


def _shown(job: ImportJob, call: Call) -> UserImportJobType:
    return UserImportJobType(
        job_name=job.name,
        job_id=job.id,
        user_pool_id=job.pool,
        pre_signed_url=imports.address(job, call.desk),
        creation_date=job.created / 1000,
        start_date=job.started / 1000 if job.started else None,
        completion_date=job.completed / 1000 if job.completed else None,
        status=job.status,
        cloud_watch_logs_role_arn=job.role,
        imported_users=job.imported,
        skipped_users=job.skipped,
        failed_users=job.failed,
        completion_message=job.message or None,
        password_hashing_algorithm=job.algorithm or None,
    )
