-- What the pages and the API read: a video with its current attempt and all it has cost.
create view public.video_details with (security_invoker = true) as
select
  v.id, v.user_id, v.batch_id, v.prompt, v.negative_prompt, v.model, v.endpoint, v.width, v.height, v.frames, v.fps,
  v.seed, v.steps, v.cfg, v.status, v.error_kind, v.error, v.progress, v.retry_count, v.cancel_requested_at,
  v.finished_at, v.result_url, v.file_key, v.poster_key, v.file_bytes, v.duration_seconds, v.stored_at, v.store_note,
  v.starred, v.rating, v.tags, v.deleted_at, v.created_at, v.updated_at,
  a.number as attempt, a.state as attempt_state, a.note as attempt_note, a.job_id, a.submitted_at, a.started_at,
  a.delay_ms, a.execution_ms, a.worker_id, c.cost_usd, c.cost_kind
from public.videos v
left join lateral (
  select * from public.attempts where video_id = v.id order by number desc limit 1
) a on true
left join lateral (
  select sum(cost_usd) as cost_usd, max(cost_kind) as cost_kind -- 'estimated' sorts last: one estimate makes it one
  from public.attempts where video_id = v.id and cost_usd is not null
) c on true;
comment on view public.video_details is 'A video with its current attempt and all it has cost.';
revoke all on public.video_details from public, anon, authenticated;
grant select on public.video_details to service_role;

create function public.is_admin(p_user_id text) returns boolean
language sql stable set search_path = '' as $$
  select exists (select from public.users where id = p_user_id and role = 'admin' and disabled_at is null);
$$;
comment on function public.is_admin(text) is 'Whether that user is an admin now.';

create function public.find_video(p_video_id bigint, p_actor text) returns setof public.video_details
language sql stable set search_path = '' as $$
  select * from public.video_details d
  where d.id = p_video_id and (d.user_id = p_actor or public.is_admin(p_actor));
$$;
comment on function public.find_video(bigint, text) is 'The video, if p_actor is its owner or an admin, deleted ones too; else no row.';

create function public.find_video_by_job(p_job_id text, p_actor text) returns setof public.video_details
language sql stable set search_path = '' as $$
  select d.* from public.attempts a cross join lateral public.find_video(a.video_id, p_actor) d where a.job_id = p_job_id;
$$;
comment on function public.find_video_by_job(text, text) is 'The video that RunPod knows under p_job_id, as find_video.';

create function public.list_videos(
  p_user_id text, p_before bigint, p_limit integer, p_status text, p_model text, p_search text
) returns setof public.video_details
language sql stable set search_path = '' as $$
  select d.* from public.video_details d
  where d.user_id = p_user_id and d.deleted_at is null
    and d.id < coalesce(p_before, 9223372036854775807) -- an `or` here would read from the newest each time
    and (p_status is null or d.status = p_status)
    and (p_model is null or d.model = p_model)
    and (p_search is null or position(lower(p_search) in lower(d.prompt)) > 0)
  order by d.id desc limit least(p_limit, 1000);
$$;
comment on function public.list_videos(text, bigint, integer, text, text, text) is
  'Up to p_limit videos of that user, newest first, before p_before; deleted ones left out. Null filters match all.';

create function public.list_changes(p_user_id text, p_since timestamptz, p_limit integer)
returns setof public.video_details
language sql stable set search_path = '' as $$
  select d.* from public.video_details d
  where d.user_id = p_user_id and d.updated_at > p_since
  order by d.updated_at limit least(p_limit, 1000);
$$;
comment on function public.list_changes(text, timestamptz, integer) is
  'What changed under that user after p_since, oldest change first, deleted ones included with deleted_at.';

create function public.list_latest_changes(p_user_ids jsonb) returns table (user_id text, updated_at timestamptz)
language sql stable set search_path = '' as $$
  select u.id, (select max(v.updated_at) from public.videos v where v.user_id = u.id)
  from jsonb_array_elements_text(p_user_ids) as u (id);
$$;
comment on function public.list_latest_changes(jsonb) is 'When each of those users'' videos last changed; null: they have none.';

create function public.list_events(p_video_id bigint, p_actor text) returns setof public.video_events
language sql stable set search_path = '' as $$
  select e.* from public.video_events e
  where e.video_id = p_video_id and exists (select from public.find_video(p_video_id, p_actor))
  order by e.id limit 1000;
$$;
comment on function public.list_events(bigint, text) is 'The timeline of a video that p_actor may see, oldest first.';

revoke all on function public.is_admin(text), public.find_video(bigint, text), public.find_video_by_job(text, text),
  public.list_videos(text, bigint, integer, text, text, text), public.list_changes(text, timestamptz, integer),
  public.list_latest_changes(jsonb), public.list_events(bigint, text) from public, anon, authenticated;
grant execute on function public.is_admin(text), public.find_video(bigint, text), public.find_video_by_job(text, text),
  public.list_videos(text, bigint, integer, text, text, text), public.list_changes(text, timestamptz, integer),
  public.list_latest_changes(jsonb), public.list_events(bigint, text) to service_role;

notify pgrst, 'reload schema';
