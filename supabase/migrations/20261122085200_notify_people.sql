-- What happened since somebody last looked: their clips that got ready or failed for good, and for admins endpoints that
-- refuse jobs. Written with the very change it tells of, so that it is told once however often the news come.
create table public.notifications (
  id bigint generated always as identity primary key,
  user_id text not null references public.users (id),
  at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in ('ready', 'failed', 'blocked')),
  video_id bigint references public.videos (id) on delete cascade,
  subject text not null,                -- the clip's prompt, or the endpoint's id
  detail text,                          -- why it failed, or what RunPod said
  read_at timestamptz                   -- null: not seen yet
);
create index notifications_of on public.notifications (user_id, id);
create index notifications_about on public.notifications (video_id);
comment on table public.notifications is 'What each user is told of, the newest 200 of the last 30 days.';
alter table public.notifications enable row level security;
create policy service_role_all on public.notifications to service_role using (true) with check (true);
revoke all on public.notifications from public, anon, authenticated, service_role;
revoke all on sequence public.notifications_id_seq from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.notifications to service_role;

create function public.tell_reader() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('openv_videos', new.user_id);
  return null;
end
$$;
comment on function public.tell_reader() is 'Tells the feeds of all processes whose notifications changed.';
create trigger tell_reader after insert or update on public.notifications
  for each row execute function public.tell_reader();

create function public.notify_user(p_user_id text, p_kind text, p_video_id bigint, p_subject text, p_detail text) returns void
language sql set search_path = '' as $$
  delete from public.notifications where id in (
    select n.id from public.notifications n
    where n.user_id = p_user_id and (n.at < clock_timestamp() - interval '30 days' or n.id <= (
      select o.id from public.notifications o where o.user_id = p_user_id order by o.id desc offset 199 limit 1))
    for update skip locked);
  insert into public.notifications (user_id, kind, video_id, subject, detail)
    values (p_user_id, p_kind, p_video_id, left(p_subject, 300), left(p_detail, 500));
$$;
comment on function public.notify_user(text, text, bigint, text, text) is
  'Tells that user of something, in the transaction in which it happens; forgets what is too old or too much.';

create function public.announce_outcome() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform public.notify_user(new.user_id, case new.status when 'failed' then 'failed' else 'ready' end, new.id, new.prompt,
    new.error);
  return null;
end
$$;
comment on function public.announce_outcome() is 'Tells the owner that a clip is ready or has failed for good.';
-- Who has cancelled or deleted a clip knows what becomes of it.
create trigger announce_outcome after update on public.videos
  for each row when (new.deleted_at is null and new.cancel_requested_at is null
    and ((old.stored_at is null and new.stored_at is not null) or (old.status <> 'failed' and new.status = 'failed')))
  execute function public.announce_outcome();

create or replace function public.record_not_storable(p_video_id bigint, p_number integer, p_note text) returns void
language plpgsql set search_path = '' as $$
declare
  v_video public.videos;
begin
  select * into v_video from public.lock_video(p_video_id);
  update public.attempts set next_at = null, claimed_by = null
    where video_id = p_video_id and number = p_number and state = 'completed' and next_at is not null;
  if not found then return; end if; -- told already
  update public.videos set store_note = p_note where id = p_video_id and stored_at is null;
  perform public.notify_user(v_video.user_id, 'ready', v_video.id, v_video.prompt, p_note) where v_video.deleted_at is null;
end
$$;
comment on function public.record_not_storable(bigint, integer, text) is
  'The file is fine but cannot be kept by us: the worker''s link stays, and the owner is told.';

create function public.list_notifications(p_user_id text, p_limit integer)
returns table (id bigint, at timestamptz, kind text, video_id bigint, subject text, detail text, is_read boolean, unread bigint)
language sql stable set search_path = '' as $$
  select n.id, n.at, n.kind, n.video_id, n.subject, n.detail, n.read_at is not null,
    count(*) filter (where n.read_at is null) over ()
  from public.notifications n where n.user_id = p_user_id and n.at > now() - interval '30 days'
  order by n.id desc limit least(p_limit, 200);
$$;
comment on function public.list_notifications(text, integer) is
  'What that user was told of in the last 30 days, the newest first; unread: how many of all of them are.';

create function public.mark_notifications_read(p_user_id text, p_up_to bigint) returns void
language plpgsql set search_path = '' as $$
begin
  perform public.lock_user(p_user_id);
  update public.notifications set read_at = clock_timestamp() where user_id = p_user_id and id <= p_up_to and read_at is null;
end
$$;
comment on function public.mark_notifications_read(text, bigint) is 'unread → read, everything up to p_up_to.';

revoke all on function public.notify_user(text, text, bigint, text, text), public.announce_outcome(), public.tell_reader(),
  public.list_notifications(text, integer), public.mark_notifications_read(text, bigint) from public, anon, authenticated;
grant execute on function public.notify_user(text, text, bigint, text, text), public.announce_outcome(), public.tell_reader(),
  public.list_notifications(text, integer), public.mark_notifications_read(text, bigint) to service_role;

notify pgrst, 'reload schema';
