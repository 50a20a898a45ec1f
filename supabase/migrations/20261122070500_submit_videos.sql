-- Takes a new video: role, jobs at once and the period's allowance are checked and the row is written under the
-- user's lock, so that no two requests can both take the last place.
create function public.used_seconds(p_user_id text, p_from timestamptz, p_to timestamptz) returns numeric
language sql stable set search_path = '' as $$
  select coalesce(sum(coalesce(duration_seconds, frames / fps)), 0) from public.videos
  where user_id = p_user_id and status <> 'failed'
    and coalesce(retried_at, created_at) >= p_from and coalesce(retried_at, created_at) < p_to;
$$;
comment on function public.used_seconds(text, timestamptz, timestamptz) is
  'Video seconds asked for in [p_from, p_to), last by hand; what failed or was cancelled gives its seconds back.';

create function public.find_quota(p_user_id text, p_limits jsonb)
returns table (limit_seconds numeric, used_seconds numeric, max_jobs integer, active_jobs bigint)
language sql stable set search_path = '' as $$
  select coalesce(u.limit_seconds, (p_limits->>'limit_seconds')::numeric),
         public.used_seconds(u.id, (p_limits->>'period_start')::timestamptz, (p_limits->>'period_end')::timestamptz),
         coalesce(u.max_jobs, (p_limits->>'max_jobs')::integer),
         (select count(*) from public.videos v where v.user_id = u.id and v.status in ('queued', 'processing'))
  from public.users u where u.id = p_user_id;
$$;
comment on function public.find_quota(text, jsonb) is
  'What that user may still do; p_limits: limit_seconds, period_start, period_end, max_jobs. The user''s own limits win.';

create function public.check_may_submit(p_user_id text, p_seconds numeric, p_limits jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_role text;
  v_quota record;
begin
  select role into v_role from public.users where id = p_user_id and disabled_at is null;
  if v_role is null or v_role = 'restricted' then
    raise exception 'not_allowed' using errcode = 'PT403', detail = 'Your account may look at clips but not generate them. Ask an admin.';
  end if;
  select * into v_quota from public.find_quota(p_user_id, p_limits);
  if v_quota.active_jobs >= v_quota.max_jobs then
    raise exception 'too_many_jobs' using errcode = 'PT409', detail =
      format('You have %s of %s jobs running. Wait for one to finish, or cancel one.', v_quota.active_jobs, v_quota.max_jobs);
  end if;
  if v_quota.used_seconds + p_seconds > v_quota.limit_seconds then
    raise exception 'quota_exceeded' using errcode = 'PT403', detail =
      'This clip is longer than what is left of your allowance. Make it shorter, or wait for the next period.',
      hint = json_build_object('remainingSeconds', greatest(0, v_quota.limit_seconds - v_quota.used_seconds))::text;
  end if;
end
$$;
comment on function public.check_may_submit(text, numeric, jsonb) is
  'Refuses not_allowed (403), too_many_jobs (409), quota_exceeded (403, hint with remainingSeconds). Call under the user''s lock.';

create function public.plan_attempt(p_video public.videos, p_number integer, p_wait interval) returns void
language sql set search_path = '' as $$
  insert into public.attempts
    (video_id, number, user_id, model, endpoint, width, height, frames, fps, steps, rate_usd, next_at)
  values (p_video.id, p_number, p_video.user_id, p_video.model, p_video.endpoint, p_video.width, p_video.height,
    p_video.frames, p_video.fps, p_video.steps, p_video.rate_usd, clock_timestamp() + p_wait);
$$;
comment on function public.plan_attempt(public.videos, integer, interval) is 'Adds an attempt to be sent after p_wait.';

create function public.insert_video(p_user_id text, p_order jsonb) returns public.videos
language sql set search_path = '' as $$
  insert into public.videos (user_id, request_key, batch_id, prompt, negative_prompt, model, endpoint, input, width,
    height, frames, fps, seed, steps, cfg, rate_usd, max_retries)
  select p_user_id, request_key, batch_id, prompt, negative_prompt, model, endpoint, input, width, height, frames, fps,
    seed, steps, cfg, rate_usd, max_retries
  from jsonb_to_record(p_order) as o (request_key text, batch_id text, prompt text, negative_prompt text, model text,
    endpoint text, input jsonb, width integer, height integer, frames integer, fps numeric, seed bigint,
    steps integer, cfg numeric, rate_usd numeric, max_retries integer)
  returning *;
$$;
comment on function public.insert_video(text, jsonb) is 'Writes the row of a new video; submit_video checks first.';

create function public.submit_video(p_user_id text, p_order jsonb, p_limits jsonb) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  perform public.lock_user(p_user_id);
  select * into v_video from public.videos where user_id = p_user_id and request_key = p_order->>'request_key';
  if not found then
    perform public.check_may_submit(p_user_id, (p_order->>'frames')::numeric / (p_order->>'fps')::numeric, p_limits);
    v_video := public.insert_video(p_user_id, p_order);
    perform public.plan_attempt(v_video, 1, interval '0');
  end if;
  return query select * from public.video_details where id = v_video.id;
end
$$;
comment on function public.submit_video(text, jsonb, jsonb) is
  '(new) → queued. The same request_key gives the same video. Refuses as check_may_submit.';

revoke all on function public.used_seconds(text, timestamptz, timestamptz), public.find_quota(text, jsonb),
  public.check_may_submit(text, numeric, jsonb), public.plan_attempt(public.videos, integer, interval),
  public.insert_video(text, jsonb), public.submit_video(text, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.used_seconds(text, timestamptz, timestamptz), public.find_quota(text, jsonb),
  public.check_may_submit(text, numeric, jsonb), public.plan_attempt(public.videos, integer, interval),
  public.insert_video(text, jsonb), public.submit_video(text, jsonb, jsonb) to service_role;

notify pgrst, 'reload schema';
