-- A Supabase project from before October 2026 grants everything new in `public` to its three roles. What the earlier
-- files did not take back, the sequences and the service's surplus rights, goes here, so that every database is alike.
-- Whoever inserts into an identity column needs no right on its sequence.
revoke all on sequence public.videos_id_seq, public.attempts_id_seq, public.video_events_id_seq
  from public, anon, authenticated, service_role;

revoke all on table public.users, public.workers, public.videos, public.attempts, public.video_events, public.endpoints,
  public.video_details, public.job_details from service_role;
grant select, insert, update on table public.users to service_role;
grant select, insert, update, delete on table public.workers, public.videos, public.attempts, public.endpoints to service_role;
grant select, insert, delete on table public.video_events to service_role;
grant select on table public.video_details, public.job_details to service_role;

notify pgrst, 'reload schema';
