-- Nearly every submission finds no line at all: it is only looked for then, with a plan that is kept.
create or replace function public.resume_endpoint(p_endpoint text) returns void
language plpgsql set search_path = '' as $$
begin
  if not exists (select from public.endpoint_pauses where id = p_endpoint) then return; end if;
  delete from public.endpoint_pauses where id = p_endpoint and not exists (
    select from public.attempts where endpoint = p_endpoint and state = 'waiting' and next_at <= clock_timestamp());
  update public.endpoint_pauses set tries = 0, until = clock_timestamp() where id = p_endpoint;
end
$$;
comment on function public.resume_endpoint(text) is 'The endpoint takes jobs again: the next in line may go; with nobody left the line is over.';

notify pgrst, 'reload schema';
