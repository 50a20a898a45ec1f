-- What the whole team shares: its budget and where it wants to hear of jobs; and what admins did, which nobody changes
-- afterwards. A null actor is the command line, which whoever holds the database may use.
create table public.workspace (
  only_row boolean primary key default true check (only_row),
  budget_soft_usd numeric check (budget_soft_usd >= 0),       -- null: nobody is warned
  budget_hard_usd numeric check (budget_hard_usd >= 0),       -- null: nothing is refused
  slack_url text check (slack_url ~ '^https?://')             -- null: nobody is told
);
comment on table public.workspace is 'One row: the team''s budget per period and its Slack-compatible webhook.';
insert into public.workspace default values;

create table public.audit_events (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text,                                                 -- null: the command line
  action text not null check (action ~ '^[a-z_]{1,40}$'),
  subject text,                                               -- whom or what it was done to
  detail jsonb not null default '{}'
);
comment on table public.audit_events is 'What admins did, the latest last; never changed or removed.';

alter table public.workspace enable row level security;
alter table public.audit_events enable row level security;
revoke all on public.workspace, public.audit_events from public, anon, authenticated, service_role;
revoke all on sequence public.audit_events_id_seq from public, anon, authenticated, service_role;
grant select, update on public.workspace to service_role;
grant select, insert on public.audit_events to service_role;
create policy service_role_all on public.workspace to service_role using (true) with check (true);
create policy service_role_all on public.audit_events to service_role using (true) with check (true);

create function public.require_admin(p_actor text) returns void
language plpgsql stable set search_path = '' as $$
begin
  if p_actor is not null and not public.is_admin(p_actor) then
    raise exception 'not_allowed' using errcode = 'PT403', detail = 'Only admins may do this. Ask one of them.';
  end if;
end
$$;
comment on function public.require_admin(text) is 'Refuses not_allowed (403) unless p_actor is an admin now; null is the command line.';

create function public.note_admin_action(p_actor text, p_action text, p_subject text, p_detail jsonb) returns void
language sql set search_path = '' as $$
  insert into public.audit_events (actor, action, subject, detail) values (p_actor, p_action, p_subject, coalesce(p_detail, '{}'));
$$;
comment on function public.note_admin_action(text, text, text, jsonb) is
  'Adds a line to the audit trail; in the transaction of what it tells of. Never pass a secret.';

create function public.find_workspace() returns setof public.workspace
language sql stable set search_path = '' as $$
  select * from public.workspace;
$$;
comment on function public.find_workspace() is 'The one row of what the team shares.';

create function public.change_workspace(p_actor text, p_changes jsonb) returns setof public.workspace
language plpgsql set search_path = '' as $$
begin
  perform public.require_admin(p_actor);
  perform public.note_admin_action(p_actor, 'change_workspace', null,
    case when p_changes ? 'slack_url' then p_changes || '{"slack_url": "…"}' else p_changes end);
  return query update public.workspace w set
      budget_soft_usd = case when p_changes ? 'budget_soft_usd' then (p_changes->>'budget_soft_usd')::numeric else w.budget_soft_usd end,
      budget_hard_usd = case when p_changes ? 'budget_hard_usd' then (p_changes->>'budget_hard_usd')::numeric else w.budget_hard_usd end,
      slack_url = case when p_changes ? 'slack_url' then p_changes->>'slack_url' else w.slack_url end
    returning w.*;
end
$$;
comment on function public.change_workspace(text, jsonb) is
  'Changes budget_soft_usd, budget_hard_usd or slack_url; null unsets. Refuses not_allowed (403). Audited.';

revoke all on function public.require_admin(text), public.note_admin_action(text, text, text, jsonb),
  public.find_workspace(), public.change_workspace(text, jsonb) from public, anon, authenticated;
grant execute on function public.require_admin(text), public.note_admin_action(text, text, text, jsonb),
  public.find_workspace(), public.change_workspace(text, jsonb) to service_role;

notify pgrst, 'reload schema';
