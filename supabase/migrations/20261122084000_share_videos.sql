-- A clip is its owner's alone until the owner shares it with the team. What is shared, and not deleted, everybody with
-- an account may look at: the clip, its poster, its settings and its timeline. Changing it stays with owner and admins.
alter table public.videos add column shared boolean not null default false;
create index videos_shared on public.videos (id desc) where shared and deleted_at is null;

create or replace view public.video_details with (security_invoker = true) as
select
  v.id, v.user_id, v.batch_id, v.prompt, v.negative_prompt, v.model, v.endpoint, v.width, v.height, v.frames, v.fps,
  v.seed, v.steps, v.cfg, v.status, v.error_kind, v.error, v.progress, v.retry_count, v.cancel_requested_at,
  v.finished_at, v.result_url, v.file_key, v.poster_key, v.file_bytes, v.duration_seconds, v.stored_at, v.store_note,
  v.starred, v.rating, v.tags, v.deleted_at, v.created_at, v.updated_at,
  a.number as attempt, a.state as attempt_state, a.note as attempt_note, a.job_id, a.submitted_at, a.started_at,
  a.delay_ms, a.execution_ms, a.worker_id, c.cost_usd, c.cost_kind,
  v.shared, (select u.display_name from public.users u where u.id = v.user_id) as owner_name
from public.videos v
left join lateral (
  select * from public.attempts where video_id = v.id order by number desc limit 1
) a on true
left join lateral (
  select sum(cost_usd) as cost_usd, max(cost_kind) as cost_kind -- 'estimated' sorts last: one estimate makes it one
  from public.attempts where video_id = v.id and cost_usd is not null
) c on true;

create function public.is_active_user(p_user_id text) returns boolean
language sql stable set search_path = '' as $$
  select exists (select from public.users where id = p_user_id and disabled_at is null);
$$;
comment on function public.is_active_user(text) is 'Whether there is such a user who is not disabled, whatever the role.';

create or replace function public.find_video(p_video_id bigint, p_actor text) returns setof public.video_details
language sql stable set search_path = '' as $$
  select * from public.video_details d
  where d.id = p_video_id and (d.user_id = p_actor or public.is_admin(p_actor)
    or (d.shared and d.deleted_at is null and public.is_active_user(p_actor)));
$$;
comment on function public.find_video(bigint, text) is
  'The video, if p_actor is its owner or an admin, deleted ones too, or it is shared and not deleted; else no row.';

create function public.share_video(p_video_id bigint, p_actor text, p_shared boolean) returns setof public.video_details
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_own_video(p_video_id, p_actor);
  if v_video.shared <> p_shared then
    update public.videos set shared = p_shared where id = p_video_id;
    if v_video.user_id <> p_actor then
      perform public.note_admin_action(p_actor, case when p_shared then 'share_video' else 'unshare_video' end,
        p_video_id::text, jsonb_build_object('owner', v_video.user_id));
    end if;
  end if;
  return query select * from public.video_details where id = p_video_id;
end
$$;
comment on function public.share_video(bigint, text, boolean) is
  'private ↔ shared with everybody who has an account. Refuses not_found (404). Audited where an admin does it to another''s.';

create function public.list_shared_videos(
  p_actor text, p_before bigint, p_limit integer, p_status text, p_model text, p_search text
) returns setof public.video_details
language sql stable set search_path = '' as $$
  select d.* from public.video_details d
  where d.shared and d.deleted_at is null and d.user_id <> p_actor and public.is_active_user(p_actor)
    and d.id < coalesce(p_before, 9223372036854775807)
    and (p_status is null or d.status = p_status)
    and (p_model is null or d.model = p_model)
    and (p_search is null or position(lower(p_search) in lower(d.prompt)) > 0)
  order by d.id desc limit least(p_limit, 1000);
$$;
comment on function public.list_shared_videos(text, bigint, integer, text, text, text) is
  'Up to p_limit videos that others share, newest first, before p_before, as list_videos; none for who is disabled.';

create function public.list_all_videos(
  p_actor text, p_owner text, p_before bigint, p_limit integer, p_status text, p_model text, p_search text
) returns setof public.video_details
language plpgsql stable set search_path = '' as $$
begin
  perform public.require_admin(p_actor);
  if p_owner is not null then
    return query select * from public.list_videos(p_owner, p_before, p_limit, p_status, p_model, p_search);
    return;
  end if;
  return query select d.* from public.video_details d
    where d.deleted_at is null and d.id < coalesce(p_before, 9223372036854775807)
      and (p_status is null or d.status = p_status)
      and (p_model is null or d.model = p_model)
      and (p_search is null or position(lower(p_search) in lower(d.prompt)) > 0)
    order by d.id desc limit least(p_limit, 1000);
end
$$;
comment on function public.list_all_videos(text, text, bigint, integer, text, text, text) is
  'Up to p_limit videos of everybody, or of p_owner, for admins, newest first, as list_videos. Refuses not_allowed (403).';

create or replace function public.write_video_timeline() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.video_events (video_id, kind, detail)
  select new.id, kind, detail from (values
    ('created', null, tg_op = 'INSERT'),
    ('cancel_requested', null, tg_op = 'UPDATE' and old.cancel_requested_at is null and new.cancel_requested_at is not null),
    ('failed', new.error, tg_op = 'UPDATE' and new.status = 'failed' and old.status <> 'failed' and new.error_kind <> 'cancelled'),
    ('cancelled', null, tg_op = 'UPDATE' and new.status = 'failed' and old.status <> 'failed' and new.error_kind = 'cancelled'),
    ('stored', null, tg_op = 'UPDATE' and old.stored_at is null and new.stored_at is not null),
    ('store_delayed', new.store_note, tg_op = 'UPDATE' and old.store_note is null and new.store_note is not null),
    ('shared', null, tg_op = 'UPDATE' and new.shared and not old.shared),
    ('unshared', null, tg_op = 'UPDATE' and old.shared and not new.shared),
    ('deleted', null, tg_op = 'UPDATE' and old.deleted_at is null and new.deleted_at is not null),
    ('restored', null, tg_op = 'UPDATE' and old.deleted_at is not null and new.deleted_at is null)
  ) as happened (kind, detail, holds) where holds;
  return null;
end
$$;

revoke all on function public.is_active_user(text), public.share_video(bigint, text, boolean),
  public.list_shared_videos(text, bigint, integer, text, text, text),
  public.list_all_videos(text, text, bigint, integer, text, text, text) from public, anon, authenticated;
grant execute on function public.is_active_user(text), public.share_video(bigint, text, boolean),
  public.list_shared_videos(text, bigint, integer, text, text, text),
  public.list_all_videos(text, text, bigint, integer, text, text, text) to service_role;

notify pgrst, 'reload schema';
