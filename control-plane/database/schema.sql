--
-- PostgreSQL database dump
--

--
-- Name: btree_gist; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

--
-- Name: EXTENSION btree_gist; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

--
-- Name: access_changed(); Type: FUNCTION; Schema: public; Owner: steward_owner
--

CREATE FUNCTION public.access_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('access_changed', '');
  return null;
end $$;

ALTER FUNCTION public.access_changed() OWNER TO steward_owner;

--
-- Name: audit_erase(text, uuid, text); Type: FUNCTION; Schema: public; Owner: steward_owner
--

CREATE FUNCTION public.audit_erase(about text, of_tenant uuid, this_value text) RETURNS TABLE(event_id uuid, field text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO ''
    AS $$
  delete from public.audit_personal p
   using public.audit_events e
   where e.id = p.event_id
     and ((about is not null and e.subject = about) or (of_tenant is not null and p.tenant_id = of_tenant)
          or (this_value is not null and lower(p.plain) = lower(this_value)))
  returning p.event_id, p.field
$$;

ALTER FUNCTION public.audit_erase(about text, of_tenant uuid, this_value text) OWNER TO steward_owner;

--
-- Name: FUNCTION audit_erase(about text, of_tenant uuid, this_value text); Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON FUNCTION public.audit_erase(about text, of_tenant uuid, this_value text) IS 'The one way to delete from the record: plain personal values, whose commitments stay; no login may delete there itself';

--
-- Name: audit_checkpoint_heads; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.audit_checkpoint_heads (
    stream text NOT NULL,
    sequence bigint NOT NULL,
    checkpoint bigint NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY public.audit_checkpoint_heads FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_checkpoint_heads OWNER TO steward_owner;

--
-- Name: TABLE audit_checkpoint_heads; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.audit_checkpoint_heads IS 'The heads under the Merkle root of a checkpoint: those of the streams that moved since the one before';

--
-- Name: audit_checkpoints; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.audit_checkpoints (
    sequence bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    key_id text NOT NULL,
    events bigint NOT NULL,
    canonical text NOT NULL,
    hash bytea NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_checkpoints_sequence_check CHECK ((sequence > 0))
);

ALTER TABLE ONLY public.audit_checkpoints FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_checkpoints OWNER TO steward_owner;

--
-- Name: TABLE audit_checkpoints; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.audit_checkpoints IS 'Signed statements of where every stream stands, each naming the hash of the one before';

--
-- Name: COLUMN audit_checkpoints.canonical; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.audit_checkpoints.canonical IS 'The text that is signed; hash = sha256(canonical)';

--
-- Name: audit_events; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.audit_events (
    stream text NOT NULL,
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid,
    at timestamp with time zone NOT NULL,
    actor_id uuid,
    action text NOT NULL,
    subject text NOT NULL,
    outcome text NOT NULL,
    request_id text,
    operation_id uuid,
    canonical text NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_events_outcome_check CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'failed'::text, 'refused'::text])))
);

ALTER TABLE ONLY public.audit_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_events OWNER TO steward_owner;

--
-- Name: COLUMN audit_events.canonical; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.audit_events.canonical IS 'The text that is hashed: hash = sha256(previous || canonical); personal data inside only as salted commitments';

--
-- Name: audit_personal; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.audit_personal (
    event_id uuid NOT NULL,
    field text NOT NULL,
    tenant_id uuid,
    salt bytea NOT NULL,
    plain text NOT NULL
);

ALTER TABLE ONLY public.audit_personal FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_personal OWNER TO steward_owner;

--
-- Name: TABLE audit_personal; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.audit_personal IS 'Plain values beside the commitments sha256(salt || plain) inside canonical; erasing a row keeps the proof whole';

--
-- Name: audit_streams; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.audit_streams (
    stream text NOT NULL,
    tenant_id uuid,
    sequence bigint NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY public.audit_streams FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_streams OWNER TO steward_owner;

--
-- Name: TABLE audit_streams; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.audit_streams IS 'Head of each chain; its row lock makes the sequence gap-free';

--
-- Name: backups; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.backups (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    region text NOT NULL,
    store text NOT NULL,
    object_key text NOT NULL,
    wrapped_key text NOT NULL,
    wrapped_by text NOT NULL,
    key_generation integer NOT NULL,
    product text NOT NULL,
    version text NOT NULL,
    schema integer NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    bytes bigint,
    sha256 text,
    lsn text,
    contents jsonb,
    verified_at timestamp with time zone,
    removed_at timestamp with time zone,
    removed_why text,
    cleared_at timestamp with time zone,
    CONSTRAINT backups_bytes_check CHECK ((bytes > 0)),
    CONSTRAINT backups_check CHECK ((((bytes IS NULL) = (sha256 IS NULL)) AND ((bytes IS NULL) = (contents IS NULL)))),
    CONSTRAINT backups_check1 CHECK (((verified_at IS NULL) OR (bytes IS NOT NULL))),
    CONSTRAINT backups_check2 CHECK (((removed_at IS NULL) = (removed_why IS NULL))),
    CONSTRAINT backups_check3 CHECK (((cleared_at IS NULL) OR (removed_at IS NOT NULL))),
    CONSTRAINT backups_key_generation_check CHECK ((key_generation > 0)),
    CONSTRAINT backups_removed_why_check CHECK ((removed_why = ANY (ARRAY['failed'::text, 'retention'::text, 'stack-gone'::text]))),
    CONSTRAINT backups_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE ONLY public.backups FORCE ROW LEVEL SECURITY;

ALTER TABLE public.backups OWNER TO steward_owner;

--
-- Name: TABLE backups; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.backups IS 'Backups of the databases of dedicated stacks, in the store of each stack';

--
-- Name: COLUMN backups.store; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.backups.store IS 'Name of that store at what stacks of the region are built of';

--
-- Name: COLUMN backups.wrapped_key; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.backups.wrapped_key IS 'The data key that opens it, wrapped by the key of the stack; the file names the same in its header, so that it opens without the plane';

--
-- Name: COLUMN backups.taken_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.backups.taken_at IS 'When it was begun; what is in it is as it was at one moment after that';

--
-- Name: COLUMN backups.bytes; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.backups.bytes IS 'Of the sealed file as it was stored; null: it is not there whole yet';

--
-- Name: COLUMN backups.contents; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.backups.contents IS 'Tables with their rows at that moment: numbers, no content';

--
-- Name: COLUMN backups.verified_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.backups.verified_at IS 'When it was read back, opened and restored, and held what it should';

--
-- Name: COLUMN backups.cleared_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.backups.cleared_at IS 'When the file was removed from the store, after it was noted as kept no more';

--
-- Name: change_plans; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.change_plans (
    id uuid NOT NULL,
    operation_id uuid NOT NULL,
    tenant_id uuid,
    number integer NOT NULL,
    state text DEFAULT 'planning'::text NOT NULL,
    hash text,
    content jsonb,
    fault_code text,
    fault_message text,
    created_at timestamp with time zone NOT NULL,
    delivered_at timestamp with time zone,
    made_at timestamp with time zone,
    superseded_at timestamp with time zone,
    begun_at timestamp with time zone,
    CONSTRAINT change_plans_check CHECK (((state = 'ready'::text) = (hash IS NOT NULL))),
    CONSTRAINT change_plans_check1 CHECK (((hash IS NULL) = (content IS NULL))),
    CONSTRAINT change_plans_check2 CHECK (((state = 'failed'::text) = (fault_code IS NOT NULL))),
    CONSTRAINT change_plans_check3 CHECK (((state = 'planning'::text) = (made_at IS NULL))),
    CONSTRAINT change_plans_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT change_plans_number_check CHECK ((number > 0)),
    CONSTRAINT change_plans_state_check CHECK ((state = ANY (ARRAY['planning'::text, 'ready'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.change_plans FORCE ROW LEVEL SECURITY;

ALTER TABLE public.change_plans OWNER TO steward_owner;

--
-- Name: TABLE change_plans; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.change_plans IS 'What an operation would do to a stack; made by a workflow of its own that changes nothing';

--
-- Name: COLUMN change_plans.hash; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.change_plans.hash IS 'Over everything that must not have moved when the change begins';

--
-- Name: COLUMN change_plans.content; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.change_plans.content IS 'Names, digests and numbers, never a secret';

--
-- Name: COLUMN change_plans.superseded_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.change_plans.superseded_at IS 'A later plan of the same operation has taken its place';

--
-- Name: COLUMN change_plans.begun_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.change_plans.begun_at IS 'When the change was found to be still this one, before its first effect';

--
-- Name: claim_slots; Type: SEQUENCE; Schema: public; Owner: steward_owner
--

CREATE SEQUENCE public.claim_slots
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE public.claim_slots OWNER TO steward_owner;

--
-- Name: conditions; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.conditions (
    subject text NOT NULL,
    type text NOT NULL,
    tenant_id uuid,
    status text NOT NULL,
    reason text NOT NULL,
    message text NOT NULL,
    observed_generation bigint NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT conditions_status_check CHECK ((status = ANY (ARRAY['true'::text, 'false'::text, 'unknown'::text])))
);

ALTER TABLE ONLY public.conditions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.conditions OWNER TO steward_owner;

--
-- Name: drift_scans; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.drift_scans (
    unit_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    observed_at timestamp with time zone,
    findings jsonb DEFAULT '[]'::jsonb NOT NULL,
    fault text,
    stack_due_at timestamp with time zone,
    stack_observed_at timestamp with time zone,
    stack_findings jsonb DEFAULT '[]'::jsonb NOT NULL,
    stack_fault text
);

ALTER TABLE ONLY public.drift_scans FORCE ROW LEVEL SECURITY;

ALTER TABLE public.drift_scans OWNER TO steward_owner;

--
-- Name: TABLE drift_scans; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.drift_scans IS 'The latest comparison of each unit with the cluster; due_at is moved on by whoever begins one, so that any number of workers share them';

--
-- Name: COLUMN drift_scans.findings; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.drift_scans.findings IS 'Objects and fields that differ; values of secrets are never among them';

--
-- Name: COLUMN drift_scans.stack_findings; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.drift_scans.stack_findings IS 'Resources of a stack and their fields that differ from what was built; empty for other units';

--
-- Name: evidence; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.evidence (
    id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    unit_id uuid,
    tenant_id uuid,
    operation_id uuid NOT NULL,
    outcome text NOT NULL,
    record text NOT NULL,
    key_id text NOT NULL,
    signature text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    CONSTRAINT evidence_kind_check CHECK ((kind ~ '^[a-z]+(-[a-z]+)*$'::text)),
    CONSTRAINT evidence_outcome_check CHECK ((outcome = ANY (ARRAY['pass'::text, 'fail'::text, 'inconclusive'::text, 'not-enforced'::text, 'not-checked'::text])))
);

ALTER TABLE ONLY public.evidence FORCE ROW LEVEL SECURITY;

ALTER TABLE public.evidence OWNER TO steward_owner;

--
-- Name: TABLE evidence; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.evidence IS 'Signed records of measurements; rows are only ever added';

--
-- Name: COLUMN evidence.tenant_id; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.evidence.tenant_id IS 'Whose own the unit was when it was measured; null for a cell';

--
-- Name: COLUMN evidence.record; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.evidence.record IS 'The canonical JSON text that is signed; every other column but the signature can be computed from it';

--
-- Name: exports; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.exports (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    region text NOT NULL,
    object_key text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    manifest jsonb NOT NULL,
    sealed_key bytea,
    created_at timestamp with time zone NOT NULL,
    keep_until timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    removed_at timestamp with time zone,
    wrapped_key text,
    wrapped_by text,
    handed_over_at timestamp with time zone,
    key_generation integer,
    CONSTRAINT exports_bytes_check CHECK ((bytes > 0)),
    CONSTRAINT exports_check CHECK ((((deleted_at IS NOT NULL) AND (sealed_key IS NULL)) OR ((deleted_at IS NULL) AND ((sealed_key IS NOT NULL) = ((wrapped_key IS NULL) OR (handed_over_at IS NOT NULL)))))),
    CONSTRAINT exports_check1 CHECK (((removed_at IS NULL) OR (deleted_at IS NOT NULL))),
    CONSTRAINT exports_key_generation_check CHECK ((key_generation > 0)),
    CONSTRAINT exports_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT exports_wrapped_check CHECK (((wrapped_key IS NULL) = (wrapped_by IS NULL)))
);

ALTER TABLE ONLY public.exports FORCE ROW LEVEL SECURITY;

ALTER TABLE public.exports OWNER TO steward_owner;

--
-- Name: TABLE exports; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.exports IS 'Sealed exports of tenants in the store of their region';

--
-- Name: COLUMN exports.sha256; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.sha256 IS 'Of the sealed bytes as they were stored';

--
-- Name: COLUMN exports.manifest; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.manifest IS 'What is inside: sections with their counts and checksums, no content';

--
-- Name: COLUMN exports.sealed_key; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.sealed_key IS 'The data key that opens it, sealed with STEWARD_SEALING_KEY; gone when it was deleted, so that no copy of the file opens';

--
-- Name: COLUMN exports.removed_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.removed_at IS 'When the file was removed from the store, after the key was';

--
-- Name: COLUMN exports.wrapped_key; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.wrapped_key IS 'The data key wrapped by the key of the tenant’s own stack; null: there was none, and the plane’s key alone seals it';

--
-- Name: COLUMN exports.wrapped_by; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.wrapped_by IS 'Name of that key at what stacks of the region are built of';

--
-- Name: COLUMN exports.handed_over_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.handed_over_at IS 'When the data key was sealed with STEWARD_SEALING_KEY, because the tenant’s own was about to be destroyed';

--
-- Name: COLUMN exports.key_generation; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.exports.key_generation IS 'Generation of the tenant’s own key that wraps the data key; null: it was not noted, and any may be needed';

--
-- Name: hand_offs; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.hand_offs (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    role text NOT NULL,
    sealed bytea,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone,
    CONSTRAINT hand_offs_check CHECK (((opened_at IS NULL) OR (sealed IS NULL)))
);

ALTER TABLE ONLY public.hand_offs FORCE ROW LEVEL SECURITY;

ALTER TABLE public.hand_offs OWNER TO steward_owner;

--
-- Name: TABLE hand_offs; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.hand_offs IS 'First credentials behind links that open once';

--
-- Name: COLUMN hand_offs.sealed; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.hand_offs.sealed IS 'The credentials, sealed with STEWARD_SEALING_KEY; gone when the link was opened or has ended';

--
-- Name: idempotency_keys; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.idempotency_keys (
    operator_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer,
    headers jsonb,
    body jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.idempotency_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys OWNER TO steward_owner;

--
-- Name: installation_keys; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.installation_keys (
    name text NOT NULL,
    key bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.installation_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.installation_keys OWNER TO steward_owner;

--
-- Name: TABLE installation_keys; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.installation_keys IS 'Random keys all API processes share, for example the one that seals cursors; deleting a row makes a new key at the next start';

--
-- Name: legal_holds; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.legal_holds (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    placed_by uuid NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    released_by uuid,
    released_at timestamp with time zone,
    release_reason text,
    CONSTRAINT legal_holds_check CHECK (((until IS NULL) OR (until > placed_at))),
    CONSTRAINT legal_holds_check1 CHECK ((((released_at IS NULL) = (released_by IS NULL)) AND ((released_at IS NULL) = (release_reason IS NULL)))),
    CONSTRAINT legal_holds_reason_check CHECK ((reason <> ''::text))
);

ALTER TABLE ONLY public.legal_holds FORCE ROW LEVEL SECURITY;

ALTER TABLE public.legal_holds OWNER TO steward_owner;

--
-- Name: TABLE legal_holds; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.legal_holds IS 'While one of a tenant is in force nothing of it is removed; several may lie on one tenant, each for a matter of its own';

--
-- Name: COLUMN legal_holds.until; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.legal_holds.until IS 'It ends by itself then; null: only when it is released';

--
-- Name: moves; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.moves (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    source_unit_id uuid NOT NULL,
    target_unit_id uuid NOT NULL,
    guest_unit_id uuid,
    before jsonb NOT NULL,
    wanted jsonb NOT NULL,
    state text NOT NULL,
    rows text DEFAULT 'none'::text NOT NULL,
    taken_back boolean DEFAULT false NOT NULL,
    soak_minutes integer NOT NULL,
    report jsonb DEFAULT '{}'::jsonb NOT NULL,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    switched_at timestamp with time zone,
    soaks_until timestamp with time zone,
    retire_operation uuid,
    ended_at timestamp with time zone,
    not_kept jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT moves_check CHECK ((source_unit_id <> target_unit_id)),
    CONSTRAINT moves_check1 CHECK (((ended_at IS NULL) = (state <> ALL (ARRAY['retired'::text, 'aborted'::text])))),
    CONSTRAINT moves_rows_check CHECK ((rows = ANY (ARRAY['none'::text, 'copying'::text, 'returned'::text, 'erasing'::text, 'erased'::text]))),
    CONSTRAINT moves_soak_minutes_check CHECK (((soak_minutes >= 0) AND (soak_minutes <= 43200))),
    CONSTRAINT moves_state_check CHECK ((state = ANY (ARRAY['moving'::text, 'stuck'::text, 'soaking'::text, 'retiring'::text, 'retired'::text, 'aborting'::text, 'aborted'::text])))
);

ALTER TABLE ONLY public.moves FORCE ROW LEVEL SECURITY;

ALTER TABLE public.moves OWNER TO steward_owner;

--
-- Name: TABLE moves; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.moves IS 'One tenant on its way from one unit to another, until the old place or the new one is gone';

--
-- Name: COLUMN moves.guest_unit_id; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.moves.guest_unit_id IS 'The unit that lists the tenant in its tenants file beside the one it is placed in';

--
-- Name: COLUMN moves.before; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.moves.before IS 'Plan, overrides and limits in the source: what the tenant has there, and goes back to';

--
-- Name: COLUMN moves.rows; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.moves.rows IS 'How far its rows are: copied and followed, taken back, or being erased at the source, from which nothing leads back';

--
-- Name: COLUMN moves.taken_back; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.moves.taken_back IS 'Whether every step of the operation that moved it was undone, as far as undos were possible';

--
-- Name: COLUMN moves.report; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.moves.report IS 'What was measured: freeze, rows compared and verified, lag; never a row';

--
-- Name: COLUMN moves.not_kept; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.moves.not_kept IS 'Limits changed since the switch that an abort gives up, because plan and unit of before cannot grant them';

--
-- Name: operation_approvals; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operation_approvals (
    operation_id uuid NOT NULL,
    tenant_id uuid,
    expires_at timestamp with time zone NOT NULL,
    decision text,
    decided_by uuid,
    decided_at timestamp with time zone,
    reason text,
    plan_hash text,
    release text[] DEFAULT '{}'::text[] NOT NULL,
    rule text DEFAULT 'second-operator'::text NOT NULL,
    CONSTRAINT operation_approvals_check CHECK (((decision IS NULL) = (decided_at IS NULL))),
    CONSTRAINT operation_approvals_check1 CHECK (((decision <> 'rejected'::text) OR (reason IS NOT NULL))),
    CONSTRAINT operation_approvals_decision_check CHECK ((decision = ANY (ARRAY['approved'::text, 'rejected'::text, 'expired'::text]))),
    CONSTRAINT operation_approvals_rule_check CHECK ((rule = ANY (ARRAY['second-operator'::text, 'none'::text])))
);

ALTER TABLE ONLY public.operation_approvals FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operation_approvals OWNER TO steward_owner;

--
-- Name: TABLE operation_approvals; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.operation_approvals IS 'One row per operation that asked for an approval; decided once, under the row lock of the operation';

--
-- Name: COLUMN operation_approvals.plan_hash; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operation_approvals.plan_hash IS 'The change plan that was approved; null where the operation has none';

--
-- Name: COLUMN operation_approvals.release; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operation_approvals.release IS 'Protected resources that the approval names';

--
-- Name: COLUMN operation_approvals.rule; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operation_approvals.rule IS 'none: nobody has to agree, it waits for its change plan alone';

--
-- Name: operation_claims; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operation_claims (
    operation_id uuid NOT NULL,
    subject text NOT NULL,
    mode text NOT NULL,
    span int8range NOT NULL,
    CONSTRAINT operation_claims_mode_check CHECK ((mode = ANY (ARRAY['shared'::text, 'exclusive'::text])))
);

ALTER TABLE ONLY public.operation_claims FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operation_claims OWNER TO steward_owner;

--
-- Name: TABLE operation_claims; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.operation_claims IS 'Held by running operations only. Exclusive is [0,), shared [n,n+1): the constraint proves what admission decided';

--
-- Name: operation_epochs; Type: SEQUENCE; Schema: public; Owner: steward_owner
--

CREATE SEQUENCE public.operation_epochs
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE public.operation_epochs OWNER TO steward_owner;

--
-- Name: operation_events; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operation_events (
    operation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    tenant_id uuid,
    type text NOT NULL,
    data jsonb NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.operation_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operation_events OWNER TO steward_owner;

--
-- Name: TABLE operation_events; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.operation_events IS 'What subscribers of an operation see; the sequence is assigned under the row lock of the operation';

--
-- Name: operation_shares; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operation_shares (
    id uuid NOT NULL,
    operation_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by uuid
);

ALTER TABLE ONLY public.operation_shares FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operation_shares OWNER TO steward_owner;

--
-- Name: TABLE operation_shares; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.operation_shares IS 'Links that show one operation to who has one; the secret in it is not kept';

--
-- Name: operation_steps; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operation_steps (
    operation_id uuid NOT NULL,
    step text NOT NULL,
    attempt integer NOT NULL,
    tenant_id uuid,
    state text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    error_code text,
    error_message text,
    CONSTRAINT operation_steps_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT operation_steps_state_check CHECK ((state = ANY (ARRAY['running'::text, 'succeeded'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.operation_steps FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operation_steps OWNER TO steward_owner;

--
-- Name: COLUMN operation_steps.lease_until; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operation_steps.lease_until IS 'Renewed by heartbeats; until it has run out the activity may still be alive and its claims stay';

--
-- Name: operation_subjects; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operation_subjects (
    operation_id uuid NOT NULL,
    subject text NOT NULL,
    mode text NOT NULL,
    CONSTRAINT operation_subjects_mode_check CHECK ((mode = ANY (ARRAY['shared'::text, 'exclusive'::text])))
);

ALTER TABLE ONLY public.operation_subjects FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operation_subjects OWNER TO steward_owner;

--
-- Name: TABLE operation_subjects; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.operation_subjects IS 'What an open or finished operation touches, whether it holds the claim yet or not';

--
-- Name: operations; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operations (
    id uuid NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    tenant_id uuid,
    unit_id uuid NOT NULL,
    region text NOT NULL,
    state text NOT NULL,
    input jsonb NOT NULL,
    epoch bigint,
    requested_by uuid,
    request_id text,
    retry_of uuid,
    behind uuid,
    error_code text,
    error_message text,
    event_sequence bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    admitted_at timestamp with time zone,
    delivered_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    cancel_delivered_at timestamp with time zone,
    finished_at timestamp with time zone,
    unit_kind text DEFAULT 'cell'::text NOT NULL,
    trace_parent text,
    other_unit_id uuid,
    CONSTRAINT operations_check CHECK (((state <> 'running'::text) OR (epoch IS NOT NULL))),
    CONSTRAINT operations_check1 CHECK (((state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT operations_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT operations_trace_parent_check CHECK ((trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$'::text)),
    CONSTRAINT operations_unit_kind_check CHECK ((unit_kind = ANY (ARRAY['cell'::text, 'instance'::text, 'stack'::text])))
);

ALTER TABLE ONLY public.operations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operations OWNER TO steward_owner;

--
-- Name: COLUMN operations.epoch; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operations.epoch IS 'Fencing epoch, drawn at admission: an effect carrying a lower one than its target has seen is refused';

--
-- Name: COLUMN operations.event_sequence; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operations.event_sequence IS 'Number of the last event: counted under the row lock, so that a sequence has no gap and no duplicate';

--
-- Name: COLUMN operations.delivered_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operations.delivered_at IS 'When the relay saw the workflow started; running and null is the outbox';

--
-- Name: COLUMN operations.unit_kind; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operations.unit_kind IS 'Kind of the unit as the operation was asked for: decides its steps';

--
-- Name: COLUMN operations.trace_parent; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operations.trace_parent IS 'W3C traceparent of the request that asked for it; null: it came from none';

--
-- Name: COLUMN operations.other_unit_id; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operations.other_unit_id IS 'The second unit that it touches, for operations of a move; null for all others';

--
-- Name: operations_sequence_seq; Type: SEQUENCE; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operations ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.operations_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: operator_sessions; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operator_sessions (
    id uuid NOT NULL,
    operator_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    client text NOT NULL,
    amr text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    idle_seconds integer NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    CONSTRAINT operator_sessions_check CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
    CONSTRAINT operator_sessions_client_check CHECK ((client = ANY (ARRAY['browser'::text, 'cli'::text]))),
    CONSTRAINT operator_sessions_ended_by_check CHECK ((ended_by = ANY (ARRAY['sign-out'::text, 'revoked'::text, 'expired'::text]))),
    CONSTRAINT operator_sessions_idle_seconds_check CHECK ((idle_seconds > 0))
);

ALTER TABLE ONLY public.operator_sessions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operator_sessions OWNER TO steward_owner;

--
-- Name: COLUMN operator_sessions.amr; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operator_sessions.amr IS 'How the person proved itself to the identity provider (RFC 8176)';

--
-- Name: COLUMN operator_sessions.idle_seconds; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operator_sessions.idle_seconds IS 'Ends when it was not used for so long';

--
-- Name: operator_tokens; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operator_tokens (
    id uuid NOT NULL,
    operator_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    name text,
    role text,
    verbs text[],
    created_by uuid
);

ALTER TABLE ONLY public.operator_tokens FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operator_tokens OWNER TO steward_owner;

--
-- Name: COLUMN operator_tokens.token_hash; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operator_tokens.token_hash IS 'SHA-256 of a 256-bit random token; the token itself is shown once and never stored';

--
-- Name: COLUMN operator_tokens.role; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operator_tokens.role IS 'Takes away what this role may not; null takes nothing';

--
-- Name: COLUMN operator_tokens.verbs; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operator_tokens.verbs IS 'Takes away all other verbs; null takes nothing';

--
-- Name: COLUMN operator_tokens.created_by; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operator_tokens.created_by IS 'The operator who made it; null: made on the host with the login of the owner';

--
-- Name: operators; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.operators (
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    issuer text,
    subject text,
    generation bigint DEFAULT 1 NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT operators_identity_whole CHECK (((issuer IS NULL) = (subject IS NULL)))
);

ALTER TABLE ONLY public.operators FORCE ROW LEVEL SECURITY;

ALTER TABLE public.operators OWNER TO steward_owner;

--
-- Name: COLUMN operators.issuer; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operators.issuer IS 'Who vouches for this person; null: made by an administrator, lets itself in by tokens only';

--
-- Name: COLUMN operators.expires_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.operators.expires_at IS 'Whom break-glass let in is shut out again then, and never counts as the administrator who is left';

--
-- Name: orphan_sweeps; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.orphan_sweeps (
    region text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    swept_at timestamp with time zone,
    faults jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE ONLY public.orphan_sweeps FORCE ROW LEVEL SECURITY;

ALTER TABLE public.orphan_sweeps OWNER TO steward_owner;

--
-- Name: TABLE orphan_sweeps; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.orphan_sweeps IS 'When each region was swept last; due_at is moved on by whoever begins a sweep, so that any number of workers share them';

--
-- Name: COLUMN orphan_sweeps.faults; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.orphan_sweeps.faults IS 'Places that could not be searched, with the reason';

--
-- Name: orphans; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.orphans (
    id uuid NOT NULL,
    region text NOT NULL,
    place text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    found_in text NOT NULL,
    owner text NOT NULL,
    state text NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    reported_at timestamp with time zone,
    kept_at timestamp with time zone,
    kept_by uuid,
    kept_reason text,
    gone_at timestamp with time zone,
    CONSTRAINT orphans_check CHECK (((state = 'gone'::text) = (gone_at IS NOT NULL))),
    CONSTRAINT orphans_check1 CHECK (((state <> 'reported'::text) OR (reported_at IS NOT NULL))),
    CONSTRAINT orphans_check2 CHECK (((state = 'kept'::text) <= ((kept_by IS NOT NULL) AND (kept_at IS NOT NULL) AND (kept_reason IS NOT NULL)))),
    CONSTRAINT orphans_place_check CHECK ((place = ANY (ARRAY['cluster'::text, 'databases'::text, 'edge'::text, 'resources'::text, 'exports'::text]))),
    CONSTRAINT orphans_state_check CHECK ((state = ANY (ARRAY['suspected'::text, 'reported'::text, 'kept'::text, 'gone'::text])))
);

ALTER TABLE ONLY public.orphans FORCE ROW LEVEL SECURITY;

ALTER TABLE public.orphans OWNER TO steward_owner;

--
-- Name: TABLE orphans; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.orphans IS 'What a sweep found and nobody owns: seen once it is suspected, seen again after a while reported; a person removes or keeps it';

--
-- Name: COLUMN orphans.owner; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.orphans.owner IS 'Whom it was probably of, for people';

--
-- Name: plans; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.plans (
    name text NOT NULL,
    title text NOT NULL,
    isolation text NOT NULL,
    regions text[] NOT NULL,
    limits jsonb NOT NULL,
    objectives jsonb NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    ring text NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    facets text[],
    compute jsonb,
    approvals jsonb DEFAULT '{"decommission": "second-operator"}'::jsonb NOT NULL,
    product text,
    setup_minor bigint DEFAULT 0 NOT NULL,
    trial_days integer,
    CONSTRAINT plans_check CHECK (((isolation = 'private'::text) OR (facets IS NULL))),
    CONSTRAINT plans_check1 CHECK (((isolation <> 'shared'::text) = (compute IS NOT NULL))),
    CONSTRAINT plans_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT plans_facets_check CHECK ((facets <@ ARRAY['namespace'::text, 'database'::text, 'network'::text])),
    CONSTRAINT plans_isolation_check CHECK ((isolation = ANY (ARRAY['shared'::text, 'private'::text, 'dedicated'::text]))),
    CONSTRAINT plans_price_minor_check CHECK ((price_minor >= 0)),
    CONSTRAINT plans_regions_check CHECK ((cardinality(regions) > 0)),
    CONSTRAINT plans_setup_minor_check CHECK ((setup_minor >= 0)),
    CONSTRAINT plans_trial_days_check CHECK (((trial_days >= 1) AND (trial_days <= 365)))
);

ALTER TABLE ONLY public.plans FORCE ROW LEVEL SECURITY;

ALTER TABLE public.plans OWNER TO steward_owner;

--
-- Name: COLUMN plans.facets; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.plans.facets IS 'What a private tenant has to itself; null: all that the region can enforce';

--
-- Name: COLUMN plans.compute; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.plans.compute IS 'What a private instance may use of the cluster and of the database cluster: its quota and its limit ranges';

--
-- Name: COLUMN plans.approvals; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.plans.approvals IS 'Which operations on its tenants wait for a second operator; change: building or changing a dedicated stack, none when left out';

--
-- Name: COLUMN plans.product; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.plans.product IS 'The product that it sells; null: whichever a tenant is created with';

--
-- Name: COLUMN plans.setup_minor; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.plans.setup_minor IS 'What is paid once, at the start, in minor units; price_minor is per month';

--
-- Name: COLUMN plans.trial_days; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.plans.trial_days IS 'Days after which a tenant of it is suspended unless it goes to another plan; null: it is no trial';

--
-- Name: product_versions; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.product_versions (
    product text NOT NULL,
    version text NOT NULL,
    sequence bigint NOT NULL,
    schema integer NOT NULL,
    rollback_to integer NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT product_versions_check CHECK ((rollback_to <= schema)),
    CONSTRAINT product_versions_rollback_to_check CHECK ((rollback_to > 0)),
    CONSTRAINT product_versions_schema_check CHECK ((schema > 0))
);

ALTER TABLE ONLY public.product_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.product_versions OWNER TO steward_owner;

--
-- Name: COLUMN product_versions.schema; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.product_versions.schema IS 'How far its expand migrations bring a database; rises with every version that changes it';

--
-- Name: COLUMN product_versions.rollback_to; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.product_versions.rollback_to IS 'Lowest schema whose code still runs on a database that this version has expanded';

--
-- Name: COLUMN product_versions.is_default; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.product_versions.is_default IS 'What new cells get when they name no version';

--
-- Name: product_versions_sequence_seq; Type: SEQUENCE; Schema: public; Owner: steward_owner
--

ALTER TABLE public.product_versions ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.product_versions_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: products; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.products (
    name text NOT NULL,
    title text NOT NULL,
    chart text NOT NULL,
    image text NOT NULL,
    contract text NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT products_chart_check CHECK ((chart ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'::text)),
    CONSTRAINT products_name_check CHECK ((name ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'::text))
);

ALTER TABLE ONLY public.products FORCE ROW LEVEL SECURITY;

ALTER TABLE public.products OWNER TO steward_owner;

--
-- Name: COLUMN products.chart; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.products.chart IS 'Name of a folder in one of the configured chart folders; never a path';

--
-- Name: COLUMN products.image; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.products.image IS 'Repository; the tag is the version';

--
-- Name: COLUMN products.contract; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.products.contract IS 'Version of the product contract that it keeps';

--
-- Name: quotes; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.quotes (
    id uuid NOT NULL,
    slug text NOT NULL,
    plan text NOT NULL,
    region text NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    terms jsonb NOT NULL,
    seal bytea NOT NULL,
    verdicts jsonb NOT NULL,
    tenant_id uuid,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    CONSTRAINT quotes_check CHECK ((expires_at > created_at)),
    CONSTRAINT quotes_check1 CHECK (((state = 'open'::text) = (decided_at IS NULL))),
    CONSTRAINT quotes_check2 CHECK (((state = 'accepted'::text) = (tenant_id IS NOT NULL))),
    CONSTRAINT quotes_state_check CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'withdrawn'::text])))
);

ALTER TABLE ONLY public.quotes FORCE ROW LEVEL SECURITY;

ALTER TABLE public.quotes OWNER TO steward_owner;

--
-- Name: TABLE quotes; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.quotes IS 'Offers to customers; an open one past its end is expired, and nothing has to say so';

--
-- Name: COLUMN quotes.terms; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.quotes.terms IS 'What was offered, as text that is never computed anew: product, limits and price as the catalogue had them';

--
-- Name: COLUMN quotes.seal; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.quotes.seal IS 'HMAC-SHA-256 over slug, plan, region, end and terms: a quote that was changed by hand is not honoured';

--
-- Name: COLUMN quotes.verdicts; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.quotes.verdicts IS 'What was found when it was made: room, residency, how long it would take; it is looked at again on acceptance';

--
-- Name: regions; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.regions (
    name text NOT NULL,
    target text NOT NULL,
    domain text NOT NULL,
    settings jsonb NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT regions_target_check CHECK ((target = 'local'::text))
);

ALTER TABLE ONLY public.regions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.regions OWNER TO steward_owner;

--
-- Name: COLUMN regions.settings; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.regions.settings IS 'References to the cluster, gateway, edge, product database cluster and Prometheus: addresses and paths, never secrets';

--
-- Name: schema_migrations; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.schema_migrations (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    run_on timestamp without time zone NOT NULL
);

ALTER TABLE public.schema_migrations OWNER TO steward_owner;

--
-- Name: schema_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: steward_owner
--

CREATE SEQUENCE public.schema_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE public.schema_migrations_id_seq OWNER TO steward_owner;

--
-- Name: schema_migrations_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: steward_owner
--

ALTER SEQUENCE public.schema_migrations_id_seq OWNED BY public.schema_migrations.id;

--
-- Name: sign_ins; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.sign_ins (
    id uuid NOT NULL,
    client text NOT NULL,
    secret_hash bytea NOT NULL,
    sealed bytea,
    return_to text,
    next_ask_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_ins_client_check CHECK ((client = ANY (ARRAY['browser'::text, 'cli'::text])))
);

ALTER TABLE ONLY public.sign_ins FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sign_ins OWNER TO steward_owner;

--
-- Name: TABLE sign_ins; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.sign_ins IS 'Sign-ins under way: each opens at most one session. State, nonce and verifier follow from a secret that only the browser or the command line holds';

--
-- Name: COLUMN sign_ins.sealed; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.sign_ins.sealed IS 'The device code of the identity provider, sealed with the secret of the command line that waits';

--
-- Name: signing_keys; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.signing_keys (
    id text NOT NULL,
    purpose text NOT NULL,
    public_key bytea NOT NULL,
    sealed_private bytea,
    endorsed_by text,
    endorsement bytea,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT signing_keys_check CHECK (((sealed_private IS NULL) = (retired_at IS NOT NULL))),
    CONSTRAINT signing_keys_check1 CHECK (((endorsed_by IS NULL) = (endorsement IS NULL))),
    CONSTRAINT signing_keys_id_check CHECK ((id ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT signing_keys_public_key_check CHECK ((octet_length(public_key) = 32)),
    CONSTRAINT signing_keys_purpose_check CHECK ((purpose ~ '^[a-z]+(-[a-z]+)*$'::text))
);

ALTER TABLE ONLY public.signing_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.signing_keys OWNER TO steward_owner;

--
-- Name: TABLE signing_keys; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.signing_keys IS 'Ed25519 keys, one current per purpose; retired ones stay as public keys, so that what they signed can be verified';

--
-- Name: COLUMN signing_keys.id; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.signing_keys.id IS 'First 128 bits of the SHA-256 of the public key, in hex: whoever knows the id knows the key';

--
-- Name: COLUMN signing_keys.sealed_private; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.signing_keys.sealed_private IS 'AES-256-GCM under STEWARD_SEALING_KEY, which is not in the database; forgotten when the key is retired';

--
-- Name: COLUMN signing_keys.endorsement; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.signing_keys.endorsement IS 'Signature of the key before over this one: who trusts the first key can trust them all';

--
-- Name: subject_locks; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.subject_locks (
    subject text NOT NULL
);

ALTER TABLE ONLY public.subject_locks FORCE ROW LEVEL SECURITY;

ALTER TABLE public.subject_locks OWNER TO steward_owner;

--
-- Name: TABLE subject_locks; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.subject_locks IS 'One row per subject, locked in sorted order by whoever decides about it';

--
-- Name: tenants; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.tenants (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    plan text NOT NULL,
    region text NOT NULL,
    residency text[] NOT NULL,
    unit_id uuid NOT NULL,
    state text NOT NULL,
    limits jsonb NOT NULL,
    overrides jsonb DEFAULT '{}'::jsonb NOT NULL,
    confirmed jsonb NOT NULL,
    host text NOT NULL,
    published text DEFAULT 'absent'::text NOT NULL,
    external_id text,
    contact text,
    notes text,
    ready_at timestamp with time zone,
    generation bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    loosened_at timestamp with time zone,
    quote_id uuid,
    sold jsonb,
    trial_plan text,
    trial_ends_at timestamp with time zone,
    trial_suspension uuid,
    removal_confirmed uuid,
    CONSTRAINT tenants_check CHECK (((trial_plan IS NULL) = (trial_ends_at IS NULL))),
    CONSTRAINT tenants_published_check CHECK ((published = ANY (ARRAY['absent'::text, 'active'::text, 'suspended'::text]))),
    CONSTRAINT tenants_residency_check CHECK ((cardinality(residency) > 0)),
    CONSTRAINT tenants_state_check CHECK ((state = ANY (ARRAY['provisioning'::text, 'active'::text, 'suspending'::text, 'suspended'::text, 'resuming'::text, 'decommissioning'::text, 'decommissioned'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.tenants FORCE ROW LEVEL SECURITY;

ALTER TABLE public.tenants OWNER TO steward_owner;

--
-- Name: COLUMN tenants.slug; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.slug IS 'Never reused: the row stays as a tombstone after decommissioning';

--
-- Name: COLUMN tenants.overrides; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.overrides IS 'Deviations from the limits of the plan; limits are the plan with these applied';

--
-- Name: COLUMN tenants.confirmed; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.confirmed IS 'Plan, overrides and limits as the last operation that succeeded left them: what a failed update goes back to';

--
-- Name: COLUMN tenants.published; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.published IS 'What the tenants file of its unit says of it; changes with the revision, under the row lock of the unit';

--
-- Name: COLUMN tenants.loosened_at; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.loosened_at IS 'When it last went from a plan whose removals ask a second operator to one whose removals ask nobody';

--
-- Name: COLUMN tenants.sold; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.sold IS 'Plan, its limits and its price as they were quoted: they hold while the tenant is on that plan, whatever the catalogue says since';

--
-- Name: COLUMN tenants.trial_plan; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.trial_plan IS 'The plan that it tries: the trial holds while it is on that plan';

--
-- Name: COLUMN tenants.trial_suspension; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.trial_suspension IS 'The operation that the plane asked for when the trial ended; null: not yet, or extended since';

--
-- Name: COLUMN tenants.removal_confirmed; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.tenants.removal_confirmed IS 'The removal that found no legal hold and destroys from then on; taken back when that operation turns back after all';

--
-- Name: unit_repairs; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.unit_repairs (
    operation_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    found jsonb NOT NULL,
    remaining jsonb,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT unit_repairs_check CHECK (((remaining IS NULL) = (ended_at IS NULL)))
);

ALTER TABLE ONLY public.unit_repairs FORCE ROW LEVEL SECURITY;

ALTER TABLE public.unit_repairs OWNER TO steward_owner;

--
-- Name: TABLE unit_repairs; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON TABLE public.unit_repairs IS 'One row per reconcile that has looked at its unit; remaining is null until it has looked again';

--
-- Name: COLUMN unit_repairs.found; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.unit_repairs.found IS 'Objects and fields that differed; values of secrets are never among them';

--
-- Name: units; Type: TABLE; Schema: public; Owner: steward_owner
--

CREATE TABLE public.units (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    region text NOT NULL,
    state text NOT NULL,
    product text NOT NULL,
    version text NOT NULL,
    capacity jsonb,
    tenants_revision bigint DEFAULT 0 NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    facets text[] DEFAULT '{}'::text[] NOT NULL,
    confirmed_version text,
    schema integer DEFAULT 0 NOT NULL,
    schema_floor integer DEFAULT 0 NOT NULL,
    retire_approval text DEFAULT 'second-operator'::text NOT NULL,
    access jsonb,
    adopts jsonb,
    adopted boolean DEFAULT false NOT NULL,
    found_database jsonb,
    key_generation integer DEFAULT 1 NOT NULL,
    key_rotated_by uuid,
    CONSTRAINT units_adopted_what CHECK (((adopts IS NOT NULL) OR (NOT adopted))),
    CONSTRAINT units_adopts_check CHECK (((jsonb_typeof(adopts) = 'object'::text) AND (adopts ? 'namespace'::text) AND (adopts ? 'database'::text))),
    CONSTRAINT units_check CHECK (((kind = 'cell'::text) = (capacity IS NOT NULL))),
    CONSTRAINT units_check1 CHECK (((kind = 'stack'::text) OR (access IS NULL))),
    CONSTRAINT units_facets_check CHECK ((facets <@ ARRAY['namespace'::text, 'database'::text, 'network'::text])),
    CONSTRAINT units_key_generation_check CHECK ((key_generation > 0)),
    CONSTRAINT units_kind_check CHECK ((kind = ANY (ARRAY['cell'::text, 'instance'::text, 'stack'::text]))),
    CONSTRAINT units_retire_approval_check CHECK ((retire_approval = ANY (ARRAY['second-operator'::text, 'none'::text]))),
    CONSTRAINT units_state_check CHECK ((state = ANY (ARRAY['creating'::text, 'active'::text, 'suspended'::text, 'retiring'::text, 'retired'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.units FORCE ROW LEVEL SECURITY;

ALTER TABLE public.units OWNER TO steward_owner;

--
-- Name: COLUMN units.version; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.version IS 'The version wanted; while a deployment runs, the one it goes to';

--
-- Name: COLUMN units.tenants_revision; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.tenants_revision IS 'Revision of the tenants file rendered last; rises under the row lock of the unit';

--
-- Name: COLUMN units.facets; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.facets IS 'What an instance has to itself, as decided when it was made; empty for a cell';

--
-- Name: COLUMN units.confirmed_version; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.confirmed_version IS 'The version that every pod was last seen to serve; null until the unit was made. What a failed deployment goes back to';

--
-- Name: COLUMN units.schema; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.schema IS 'How far the expand migrations of some version have brought its database';

--
-- Name: COLUMN units.schema_floor; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.schema_floor IS 'Highest rollback_to of the versions that began to expand its database: no version of a lower schema may be deployed';

--
-- Name: COLUMN units.access; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.access IS 'Where the parts of a stack are: addresses and paths of credential files, never secrets; null until it was built, and when it is gone';

--
-- Name: COLUMN units.adopts; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.adopts IS 'Namespace and database that it was asked to adopt; null: it is made anew, under names that follow from its own';

--
-- Name: COLUMN units.adopted; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.adopted IS 'Whether they are taken over; what is not, or was let go again, is not the unit''s';

--
-- Name: COLUMN units.found_database; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.found_database IS 'Owner and rights of everybody as they were before, for the way back';

--
-- Name: COLUMN units.key_generation; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.key_generation IS 'Generation of the stack’s own key that new things are sealed by; 1 and of no meaning for other units';

--
-- Name: COLUMN units.key_rotated_by; Type: COMMENT; Schema: public; Owner: steward_owner
--

COMMENT ON COLUMN public.units.key_rotated_by IS 'The operation that raised it last, so that its repeat does not raise it again';

--
-- Name: schema_migrations id; Type: DEFAULT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.schema_migrations ALTER COLUMN id SET DEFAULT nextval('public.schema_migrations_id_seq'::regclass);

--
-- Name: audit_checkpoint_heads audit_checkpoint_heads_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.audit_checkpoint_heads
    ADD CONSTRAINT audit_checkpoint_heads_pkey PRIMARY KEY (stream, sequence);

--
-- Name: audit_checkpoints audit_checkpoints_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.audit_checkpoints
    ADD CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (sequence);

--
-- Name: audit_events audit_events_id_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_id_key UNIQUE (id);

--
-- Name: audit_events audit_events_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (stream, sequence);

--
-- Name: audit_personal audit_personal_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.audit_personal
    ADD CONSTRAINT audit_personal_pkey PRIMARY KEY (event_id, field);

--
-- Name: audit_streams audit_streams_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.audit_streams
    ADD CONSTRAINT audit_streams_pkey PRIMARY KEY (stream);

--
-- Name: backups backups_operation_id_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_operation_id_key UNIQUE (operation_id);

--
-- Name: backups backups_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_pkey PRIMARY KEY (id);

--
-- Name: backups backups_store_object_key_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_store_object_key_key UNIQUE (store, object_key);

--
-- Name: change_plans change_plans_operation_id_number_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.change_plans
    ADD CONSTRAINT change_plans_operation_id_number_key UNIQUE (operation_id, number);

--
-- Name: change_plans change_plans_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.change_plans
    ADD CONSTRAINT change_plans_pkey PRIMARY KEY (id);

--
-- Name: conditions conditions_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.conditions
    ADD CONSTRAINT conditions_pkey PRIMARY KEY (subject, type);

--
-- Name: drift_scans drift_scans_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.drift_scans
    ADD CONSTRAINT drift_scans_pkey PRIMARY KEY (unit_id);

--
-- Name: evidence evidence_operation_id_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT evidence_operation_id_key UNIQUE (operation_id);

--
-- Name: evidence evidence_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (id);

--
-- Name: exports exports_object_key_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_object_key_key UNIQUE (object_key);

--
-- Name: exports exports_operation_id_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_operation_id_key UNIQUE (operation_id);

--
-- Name: exports exports_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_pkey PRIMARY KEY (id);

--
-- Name: hand_offs hand_offs_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.hand_offs
    ADD CONSTRAINT hand_offs_pkey PRIMARY KEY (id);

--
-- Name: hand_offs hand_offs_secret_hash_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.hand_offs
    ADD CONSTRAINT hand_offs_secret_hash_key UNIQUE (secret_hash);

--
-- Name: idempotency_keys idempotency_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (operator_id, key);

--
-- Name: installation_keys installation_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.installation_keys
    ADD CONSTRAINT installation_keys_pkey PRIMARY KEY (name);

--
-- Name: legal_holds legal_holds_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.legal_holds
    ADD CONSTRAINT legal_holds_pkey PRIMARY KEY (id);

--
-- Name: moves moves_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_pkey PRIMARY KEY (id);

--
-- Name: operation_approvals operation_approvals_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_approvals
    ADD CONSTRAINT operation_approvals_pkey PRIMARY KEY (operation_id);

--
-- Name: operation_claims operation_claims_exclude_each_other; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_claims
    ADD CONSTRAINT operation_claims_exclude_each_other EXCLUDE USING gist (subject WITH =, span WITH &&);

--
-- Name: operation_claims operation_claims_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_claims
    ADD CONSTRAINT operation_claims_pkey PRIMARY KEY (operation_id, subject);

--
-- Name: operation_events operation_events_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_events
    ADD CONSTRAINT operation_events_pkey PRIMARY KEY (operation_id, sequence);

--
-- Name: operation_shares operation_shares_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_shares
    ADD CONSTRAINT operation_shares_pkey PRIMARY KEY (id);

--
-- Name: operation_shares operation_shares_secret_hash_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_shares
    ADD CONSTRAINT operation_shares_secret_hash_key UNIQUE (secret_hash);

--
-- Name: operation_steps operation_steps_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_steps
    ADD CONSTRAINT operation_steps_pkey PRIMARY KEY (operation_id, step, attempt);

--
-- Name: operation_subjects operation_subjects_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_subjects
    ADD CONSTRAINT operation_subjects_pkey PRIMARY KEY (operation_id, subject);

--
-- Name: operations operations_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (id);

--
-- Name: operations operations_sequence_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operations
    ADD CONSTRAINT operations_sequence_key UNIQUE (sequence);

--
-- Name: operator_sessions operator_sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operator_sessions
    ADD CONSTRAINT operator_sessions_pkey PRIMARY KEY (id);

--
-- Name: operator_sessions operator_sessions_secret_hash_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operator_sessions
    ADD CONSTRAINT operator_sessions_secret_hash_key UNIQUE (secret_hash);

--
-- Name: operator_tokens operator_tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operator_tokens
    ADD CONSTRAINT operator_tokens_pkey PRIMARY KEY (id);

--
-- Name: operator_tokens operator_tokens_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operator_tokens
    ADD CONSTRAINT operator_tokens_token_hash_key UNIQUE (token_hash);

--
-- Name: operators operators_identity; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operators
    ADD CONSTRAINT operators_identity UNIQUE (issuer, subject);

--
-- Name: operators operators_name_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operators
    ADD CONSTRAINT operators_name_key UNIQUE (name);

--
-- Name: operators operators_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operators
    ADD CONSTRAINT operators_pkey PRIMARY KEY (id);

--
-- Name: orphan_sweeps orphan_sweeps_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.orphan_sweeps
    ADD CONSTRAINT orphan_sweeps_pkey PRIMARY KEY (region);

--
-- Name: orphans orphans_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.orphans
    ADD CONSTRAINT orphans_pkey PRIMARY KEY (id);

--
-- Name: orphans orphans_region_place_kind_found_in_name_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.orphans
    ADD CONSTRAINT orphans_region_place_kind_found_in_name_key UNIQUE (region, place, kind, found_in, name);

--
-- Name: plans plans_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_pkey PRIMARY KEY (name);

--
-- Name: product_versions product_versions_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.product_versions
    ADD CONSTRAINT product_versions_pkey PRIMARY KEY (product, version);

--
-- Name: product_versions product_versions_sequence_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.product_versions
    ADD CONSTRAINT product_versions_sequence_key UNIQUE (sequence);

--
-- Name: products products_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (name);

--
-- Name: quotes quotes_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.quotes
    ADD CONSTRAINT quotes_pkey PRIMARY KEY (id);

--
-- Name: quotes quotes_tenant_id_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.quotes
    ADD CONSTRAINT quotes_tenant_id_key UNIQUE (tenant_id);

--
-- Name: regions regions_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_pkey PRIMARY KEY (name);

--
-- Name: schema_migrations schema_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);

--
-- Name: sign_ins sign_ins_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.sign_ins
    ADD CONSTRAINT sign_ins_pkey PRIMARY KEY (id);

--
-- Name: sign_ins sign_ins_secret_hash_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.sign_ins
    ADD CONSTRAINT sign_ins_secret_hash_key UNIQUE (secret_hash);

--
-- Name: signing_keys signing_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);

--
-- Name: signing_keys signing_keys_public_key_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_public_key_key UNIQUE (public_key);

--
-- Name: subject_locks subject_locks_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.subject_locks
    ADD CONSTRAINT subject_locks_pkey PRIMARY KEY (subject);

--
-- Name: tenants tenants_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);

--
-- Name: tenants tenants_quote_id_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_quote_id_key UNIQUE (quote_id);

--
-- Name: tenants tenants_slug_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_slug_key UNIQUE (slug);

--
-- Name: unit_repairs unit_repairs_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.unit_repairs
    ADD CONSTRAINT unit_repairs_pkey PRIMARY KEY (operation_id);

--
-- Name: units units_name_key; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_name_key UNIQUE (name);

--
-- Name: units units_pkey; Type: CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_pkey PRIMARY KEY (id);

--
-- Name: audit_checkpoint_heads_by_checkpoint; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_checkpoint_heads_by_checkpoint ON public.audit_checkpoint_heads USING btree (checkpoint);

--
-- Name: audit_events_by_action; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_events_by_action ON public.audit_events USING btree (action COLLATE "C", at);

--
-- Name: audit_events_by_actor; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_events_by_actor ON public.audit_events USING btree (actor_id, at);

--
-- Name: audit_events_by_operation; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_events_by_operation ON public.audit_events USING btree (operation_id) WHERE (operation_id IS NOT NULL);

--
-- Name: audit_events_by_request; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_events_by_request ON public.audit_events USING btree (request_id) WHERE (request_id IS NOT NULL);

--
-- Name: audit_events_by_subject; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_events_by_subject ON public.audit_events USING btree (subject, at);

--
-- Name: audit_events_by_tenant; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_events_by_tenant ON public.audit_events USING btree (tenant_id, at) WHERE (tenant_id IS NOT NULL);

--
-- Name: audit_events_by_time; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_events_by_time ON public.audit_events USING btree (at, id);

--
-- Name: audit_personal_by_value; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX audit_personal_by_value ON public.audit_personal USING hash (lower(plain));

--
-- Name: backups_by_tenant; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX backups_by_tenant ON public.backups USING btree (tenant_id, id);

--
-- Name: backups_by_unit; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX backups_by_unit ON public.backups USING btree (unit_id, id);

--
-- Name: change_plans_current; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE UNIQUE INDEX change_plans_current ON public.change_plans USING btree (operation_id) WHERE (superseded_at IS NULL);

--
-- Name: change_plans_undelivered; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX change_plans_undelivered ON public.change_plans USING btree (created_at) WHERE ((delivered_at IS NULL) AND (state = 'planning'::text));

--
-- Name: drift_scans_due; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX drift_scans_due ON public.drift_scans USING btree (due_at);

--
-- Name: drift_scans_stack_due; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX drift_scans_stack_due ON public.drift_scans USING btree (stack_due_at);

--
-- Name: evidence_by_time; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX evidence_by_time ON public.evidence USING btree (measured_at, id);

--
-- Name: evidence_by_unit; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX evidence_by_unit ON public.evidence USING btree (unit_id, kind, measured_at);

--
-- Name: evidence_of_tenants; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX evidence_of_tenants ON public.evidence USING btree (tenant_id, kind, measured_at) WHERE (tenant_id IS NOT NULL);

--
-- Name: exports_by_tenant; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX exports_by_tenant ON public.exports USING btree (tenant_id, id);

--
-- Name: exports_due; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX exports_due ON public.exports USING btree (keep_until) WHERE (deleted_at IS NULL);

--
-- Name: exports_to_remove; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX exports_to_remove ON public.exports USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (removed_at IS NULL));

--
-- Name: hand_offs_by_tenant; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX hand_offs_by_tenant ON public.hand_offs USING btree (tenant_id);

--
-- Name: legal_holds_by_tenant; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX legal_holds_by_tenant ON public.legal_holds USING btree (tenant_id, id);

--
-- Name: moves_by_source; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX moves_by_source ON public.moves USING btree (source_unit_id) WHERE (ended_at IS NULL);

--
-- Name: moves_by_target; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX moves_by_target ON public.moves USING btree (target_unit_id) WHERE (ended_at IS NULL);

--
-- Name: moves_by_tenant; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX moves_by_tenant ON public.moves USING btree (tenant_id, begun_at DESC);

--
-- Name: moves_open; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE UNIQUE INDEX moves_open ON public.moves USING btree (tenant_id) WHERE (ended_at IS NULL);

--
-- Name: operation_shares_by_operation; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operation_shares_by_operation ON public.operation_shares USING btree (operation_id);

--
-- Name: operation_subjects_by_subject; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operation_subjects_by_subject ON public.operation_subjects USING btree (subject);

--
-- Name: operations_by_kind; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operations_by_kind ON public.operations USING btree (kind, finished_at) WHERE (state = 'succeeded'::text);

--
-- Name: operations_by_tenant; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operations_by_tenant ON public.operations USING btree (tenant_id, sequence);

--
-- Name: operations_by_unit; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operations_by_unit ON public.operations USING btree (unit_id, sequence);

--
-- Name: operations_open; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operations_open ON public.operations USING btree (sequence) WHERE (finished_at IS NULL);

--
-- Name: operator_sessions_by_operator; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operator_sessions_by_operator ON public.operator_sessions USING btree (operator_id, id);

--
-- Name: operator_sessions_open; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operator_sessions_open ON public.operator_sessions USING btree (expires_at) WHERE (ended_at IS NULL);

--
-- Name: operator_tokens_by_operator; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX operator_tokens_by_operator ON public.operator_tokens USING btree (operator_id, id);

--
-- Name: operator_tokens_names; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE UNIQUE INDEX operator_tokens_names ON public.operator_tokens USING btree (operator_id, name) WHERE (revoked_at IS NULL);

--
-- Name: orphans_by_state; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX orphans_by_state ON public.orphans USING btree (state, id);

--
-- Name: plans_by_product; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX plans_by_product ON public.plans USING btree (product);

--
-- Name: product_versions_default; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE UNIQUE INDEX product_versions_default ON public.product_versions USING btree (product) WHERE is_default;

--
-- Name: quotes_by_slug; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX quotes_by_slug ON public.quotes USING btree (slug);

--
-- Name: signing_keys_current; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE UNIQUE INDEX signing_keys_current ON public.signing_keys USING btree (purpose) WHERE (retired_at IS NULL);

--
-- Name: tenants_by_contact; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX tenants_by_contact ON public.tenants USING btree (lower(contact)) WHERE (contact IS NOT NULL);

--
-- Name: tenants_by_external_id; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX tenants_by_external_id ON public.tenants USING btree (external_id) WHERE (external_id IS NOT NULL);

--
-- Name: tenants_by_unit; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX tenants_by_unit ON public.tenants USING btree (unit_id) WHERE (state <> 'decommissioned'::text);

--
-- Name: tenants_on_trial; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX tenants_on_trial ON public.tenants USING btree (trial_ends_at) WHERE ((trial_ends_at IS NOT NULL) AND (state <> 'decommissioned'::text));

--
-- Name: unit_repairs_by_unit; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX unit_repairs_by_unit ON public.unit_repairs USING btree (unit_id, begun_at DESC);

--
-- Name: units_adopted_database; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE UNIQUE INDEX units_adopted_database ON public.units USING btree (region, ((adopts ->> 'database'::text))) WHERE (adopted AND (state <> 'retired'::text));

--
-- Name: units_adopted_namespace; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE UNIQUE INDEX units_adopted_namespace ON public.units USING btree (region, ((adopts ->> 'namespace'::text))) WHERE (adopted AND (state <> 'retired'::text));

--
-- Name: units_by_region; Type: INDEX; Schema: public; Owner: steward_owner
--

CREATE INDEX units_by_region ON public.units USING btree (region, state);

--
-- Name: operator_sessions access_changed; Type: TRIGGER; Schema: public; Owner: steward_owner
--

CREATE TRIGGER access_changed AFTER UPDATE OF expires_at, idle_seconds, ended_at ON public.operator_sessions FOR EACH STATEMENT EXECUTE FUNCTION public.access_changed();

--
-- Name: operator_tokens access_changed; Type: TRIGGER; Schema: public; Owner: steward_owner
--

CREATE TRIGGER access_changed AFTER UPDATE OF role, verbs, expires_at, revoked_at ON public.operator_tokens FOR EACH STATEMENT EXECUTE FUNCTION public.access_changed();

--
-- Name: operators access_changed; Type: TRIGGER; Schema: public; Owner: steward_owner
--

CREATE TRIGGER access_changed AFTER UPDATE OF role, disabled_at, expires_at ON public.operators FOR EACH STATEMENT EXECUTE FUNCTION public.access_changed();

--
-- Name: backups backups_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: backups backups_region_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_region_fkey FOREIGN KEY (region) REFERENCES public.regions(name);

--
-- Name: backups backups_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

--
-- Name: backups backups_unit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

--
-- Name: change_plans change_plans_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.change_plans
    ADD CONSTRAINT change_plans_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: drift_scans drift_scans_unit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.drift_scans
    ADD CONSTRAINT drift_scans_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

--
-- Name: exports exports_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: exports exports_region_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_region_fkey FOREIGN KEY (region) REFERENCES public.regions(name);

--
-- Name: exports exports_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

--
-- Name: hand_offs hand_offs_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.hand_offs
    ADD CONSTRAINT hand_offs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

--
-- Name: legal_holds legal_holds_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.legal_holds
    ADD CONSTRAINT legal_holds_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

--
-- Name: moves moves_guest_unit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_guest_unit_id_fkey FOREIGN KEY (guest_unit_id) REFERENCES public.units(id);

--
-- Name: moves moves_retire_operation_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_retire_operation_fkey FOREIGN KEY (retire_operation) REFERENCES public.operations(id);

--
-- Name: moves moves_source_unit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_source_unit_id_fkey FOREIGN KEY (source_unit_id) REFERENCES public.units(id);

--
-- Name: moves moves_target_unit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_target_unit_id_fkey FOREIGN KEY (target_unit_id) REFERENCES public.units(id);

--
-- Name: moves moves_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

--
-- Name: operation_approvals operation_approvals_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_approvals
    ADD CONSTRAINT operation_approvals_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: operation_claims operation_claims_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_claims
    ADD CONSTRAINT operation_claims_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: operation_events operation_events_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_events
    ADD CONSTRAINT operation_events_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: operation_shares operation_shares_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_shares
    ADD CONSTRAINT operation_shares_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: operation_steps operation_steps_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_steps
    ADD CONSTRAINT operation_steps_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: operation_subjects operation_subjects_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operation_subjects
    ADD CONSTRAINT operation_subjects_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: operator_sessions operator_sessions_operator_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operator_sessions
    ADD CONSTRAINT operator_sessions_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES public.operators(id);

--
-- Name: operator_tokens operator_tokens_operator_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.operator_tokens
    ADD CONSTRAINT operator_tokens_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES public.operators(id);

--
-- Name: orphan_sweeps orphan_sweeps_region_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.orphan_sweeps
    ADD CONSTRAINT orphan_sweeps_region_fkey FOREIGN KEY (region) REFERENCES public.regions(name);

--
-- Name: orphans orphans_region_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.orphans
    ADD CONSTRAINT orphans_region_fkey FOREIGN KEY (region) REFERENCES public.regions(name);

--
-- Name: plans plans_product_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_product_fkey FOREIGN KEY (product) REFERENCES public.products(name);

--
-- Name: product_versions product_versions_product_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.product_versions
    ADD CONSTRAINT product_versions_product_fkey FOREIGN KEY (product) REFERENCES public.products(name);

--
-- Name: quotes quotes_plan_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.quotes
    ADD CONSTRAINT quotes_plan_fkey FOREIGN KEY (plan) REFERENCES public.plans(name);

--
-- Name: quotes quotes_region_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.quotes
    ADD CONSTRAINT quotes_region_fkey FOREIGN KEY (region) REFERENCES public.regions(name);

--
-- Name: tenants tenants_plan_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_plan_fkey FOREIGN KEY (plan) REFERENCES public.plans(name);

--
-- Name: tenants tenants_quote_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_quote_id_fkey FOREIGN KEY (quote_id) REFERENCES public.quotes(id);

--
-- Name: tenants tenants_region_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_region_fkey FOREIGN KEY (region) REFERENCES public.regions(name);

--
-- Name: tenants tenants_removal_confirmed_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_removal_confirmed_fkey FOREIGN KEY (removal_confirmed) REFERENCES public.operations(id);

--
-- Name: tenants tenants_trial_plan_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_trial_plan_fkey FOREIGN KEY (trial_plan) REFERENCES public.plans(name);

--
-- Name: tenants tenants_trial_suspension_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_trial_suspension_fkey FOREIGN KEY (trial_suspension) REFERENCES public.operations(id);

--
-- Name: tenants tenants_unit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

--
-- Name: unit_repairs unit_repairs_operation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.unit_repairs
    ADD CONSTRAINT unit_repairs_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operations(id);

--
-- Name: unit_repairs unit_repairs_unit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.unit_repairs
    ADD CONSTRAINT unit_repairs_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

--
-- Name: units units_key_rotated_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_key_rotated_by_fkey FOREIGN KEY (key_rotated_by) REFERENCES public.operations(id);

--
-- Name: units units_product; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_product FOREIGN KEY (product) REFERENCES public.products(name);

--
-- Name: units units_region_fkey; Type: FK CONSTRAINT; Schema: public; Owner: steward_owner
--

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_region_fkey FOREIGN KEY (region) REFERENCES public.regions(name);

--
-- Name: audit_checkpoint_heads; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.audit_checkpoint_heads ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_checkpoints; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.audit_checkpoints ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_events; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.audit_events ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_personal; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.audit_personal ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_streams; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.audit_streams ENABLE ROW LEVEL SECURITY;

--
-- Name: backups; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.backups ENABLE ROW LEVEL SECURITY;

--
-- Name: change_plans; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.change_plans ENABLE ROW LEVEL SECURITY;

--
-- Name: conditions; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.conditions ENABLE ROW LEVEL SECURITY;

--
-- Name: drift_scans; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.drift_scans ENABLE ROW LEVEL SECURITY;

--
-- Name: evidence; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.evidence ENABLE ROW LEVEL SECURITY;

--
-- Name: exports; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.exports ENABLE ROW LEVEL SECURITY;

--
-- Name: hand_offs; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.hand_offs ENABLE ROW LEVEL SECURITY;

--
-- Name: idempotency_keys; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

--
-- Name: installation_keys; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.installation_keys ENABLE ROW LEVEL SECURITY;

--
-- Name: legal_holds; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.legal_holds ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_events member_own; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY member_own ON public.audit_events FOR SELECT TO steward_member USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

--
-- Name: conditions member_own; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY member_own ON public.conditions FOR SELECT TO steward_member USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

--
-- Name: operation_events member_own; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY member_own ON public.operation_events FOR SELECT TO steward_member USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

--
-- Name: operation_steps member_own; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY member_own ON public.operation_steps FOR SELECT TO steward_member USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

--
-- Name: operations member_own; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY member_own ON public.operations FOR SELECT TO steward_member USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

--
-- Name: tenants member_own; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY member_own ON public.tenants FOR SELECT TO steward_member USING ((id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

--
-- Name: moves; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.moves ENABLE ROW LEVEL SECURITY;

--
-- Name: operation_approvals; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operation_approvals ENABLE ROW LEVEL SECURITY;

--
-- Name: operation_claims; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operation_claims ENABLE ROW LEVEL SECURITY;

--
-- Name: operation_events; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operation_events ENABLE ROW LEVEL SECURITY;

--
-- Name: operation_shares; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operation_shares ENABLE ROW LEVEL SECURITY;

--
-- Name: operation_steps; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operation_steps ENABLE ROW LEVEL SECURITY;

--
-- Name: operation_subjects; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operation_subjects ENABLE ROW LEVEL SECURITY;

--
-- Name: operations; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operations ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_checkpoint_heads operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.audit_checkpoint_heads TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: audit_checkpoints operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.audit_checkpoints TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: audit_events operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.audit_events TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: audit_personal operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.audit_personal TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: audit_streams operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.audit_streams TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: backups operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.backups TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: change_plans operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.change_plans TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: conditions operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.conditions TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: drift_scans operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.drift_scans TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: evidence operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.evidence TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: exports operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.exports TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: hand_offs operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.hand_offs TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: idempotency_keys operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.idempotency_keys TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: installation_keys operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.installation_keys TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: legal_holds operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.legal_holds TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: moves operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.moves TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operation_approvals operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operation_approvals TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operation_claims operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operation_claims TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operation_events operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operation_events TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operation_shares operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operation_shares TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operation_steps operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operation_steps TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operation_subjects operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operation_subjects TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operations operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operations TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operator_sessions operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operator_sessions TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operator_tokens operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operator_tokens TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operators operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.operators TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: orphan_sweeps operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.orphan_sweeps TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: orphans operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.orphans TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: plans operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.plans TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: product_versions operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.product_versions TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: products operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.products TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: quotes operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.quotes TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: regions operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.regions TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: sign_ins operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.sign_ins TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: signing_keys operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.signing_keys TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: subject_locks operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.subject_locks TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: tenants operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.tenants TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: unit_repairs operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.unit_repairs TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: units operator_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY operator_all ON public.units TO steward_operator USING (true) WITH CHECK (true);

--
-- Name: operator_sessions; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operator_sessions ENABLE ROW LEVEL SECURITY;

--
-- Name: operator_tokens; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operator_tokens ENABLE ROW LEVEL SECURITY;

--
-- Name: operators; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.operators ENABLE ROW LEVEL SECURITY;

--
-- Name: orphan_sweeps; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.orphan_sweeps ENABLE ROW LEVEL SECURITY;

--
-- Name: orphans; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.orphans ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_checkpoint_heads owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.audit_checkpoint_heads TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: audit_checkpoints owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.audit_checkpoints TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: audit_events owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.audit_events TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: audit_personal owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.audit_personal TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: audit_streams owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.audit_streams TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: backups owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.backups TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: change_plans owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.change_plans TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: conditions owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.conditions TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: drift_scans owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.drift_scans TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: evidence owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.evidence TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: exports owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.exports TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: hand_offs owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.hand_offs TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: idempotency_keys owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.idempotency_keys TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: installation_keys owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.installation_keys TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: legal_holds owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.legal_holds TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: moves owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.moves TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operation_approvals owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operation_approvals TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operation_claims owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operation_claims TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operation_events owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operation_events TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operation_shares owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operation_shares TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operation_steps owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operation_steps TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operation_subjects owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operation_subjects TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operations owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operations TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operator_sessions owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operator_sessions TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operator_tokens owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operator_tokens TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: operators owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.operators TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: orphan_sweeps owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.orphan_sweeps TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: orphans owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.orphans TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: plans owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.plans TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: product_versions owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.product_versions TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: products owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.products TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: quotes owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.quotes TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: regions owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.regions TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: sign_ins owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.sign_ins TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: signing_keys owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.signing_keys TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: subject_locks owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.subject_locks TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: tenants owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.tenants TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: unit_repairs owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.unit_repairs TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: units owner_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY owner_all ON public.units TO steward_owner USING (true) WITH CHECK (true);

--
-- Name: plans; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY;

--
-- Name: product_versions; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.product_versions ENABLE ROW LEVEL SECURITY;

--
-- Name: products; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.products ENABLE ROW LEVEL SECURITY;

--
-- Name: quotes; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.quotes ENABLE ROW LEVEL SECURITY;

--
-- Name: regions; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.regions ENABLE ROW LEVEL SECURITY;

--
-- Name: sign_ins; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.sign_ins ENABLE ROW LEVEL SECURITY;

--
-- Name: signing_keys; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.signing_keys ENABLE ROW LEVEL SECURITY;

--
-- Name: subject_locks; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.subject_locks ENABLE ROW LEVEL SECURITY;

--
-- Name: tenants; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;

--
-- Name: unit_repairs; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.unit_repairs ENABLE ROW LEVEL SECURITY;

--
-- Name: units; Type: ROW SECURITY; Schema: public; Owner: steward_owner
--

ALTER TABLE public.units ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_checkpoint_heads worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.audit_checkpoint_heads TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: audit_checkpoints worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.audit_checkpoints TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: audit_events worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.audit_events TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: audit_personal worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.audit_personal TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: audit_streams worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.audit_streams TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: backups worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.backups TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: change_plans worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.change_plans TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: conditions worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.conditions TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: drift_scans worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.drift_scans TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: evidence worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.evidence TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: exports worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.exports TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: hand_offs worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.hand_offs TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: idempotency_keys worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.idempotency_keys TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: installation_keys worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.installation_keys TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: legal_holds worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.legal_holds TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: moves worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.moves TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operation_approvals worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operation_approvals TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operation_claims worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operation_claims TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operation_events worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operation_events TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operation_steps worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operation_steps TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operation_subjects worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operation_subjects TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operations worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operations TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operator_tokens worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operator_tokens TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: operators worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.operators TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: orphan_sweeps worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.orphan_sweeps TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: orphans worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.orphans TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: plans worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.plans TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: regions worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.regions TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: signing_keys worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.signing_keys TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: subject_locks worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.subject_locks TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: tenants worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.tenants TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: unit_repairs worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.unit_repairs TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: units worker_all; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_all ON public.units TO steward_worker USING (true) WITH CHECK (true);

--
-- Name: product_versions worker_read; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_read ON public.product_versions FOR SELECT TO steward_worker USING (true);

--
-- Name: products worker_read; Type: POLICY; Schema: public; Owner: steward_owner
--

CREATE POLICY worker_read ON public.products FOR SELECT TO steward_worker USING (true);

--
-- Name: FUNCTION audit_erase(about text, of_tenant uuid, this_value text); Type: ACL; Schema: public; Owner: steward_owner
--

REVOKE ALL ON FUNCTION public.audit_erase(about text, of_tenant uuid, this_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_erase(about text, of_tenant uuid, this_value text) TO steward_operator;

--
-- Name: TABLE audit_checkpoint_heads; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT ON TABLE public.audit_checkpoint_heads TO steward_operator;
GRANT SELECT,INSERT ON TABLE public.audit_checkpoint_heads TO steward_worker;

--
-- Name: TABLE audit_checkpoints; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT ON TABLE public.audit_checkpoints TO steward_operator;
GRANT SELECT,INSERT ON TABLE public.audit_checkpoints TO steward_worker;

--
-- Name: TABLE audit_events; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.audit_events TO steward_member;
GRANT SELECT,INSERT ON TABLE public.audit_events TO steward_operator;
GRANT SELECT,INSERT ON TABLE public.audit_events TO steward_worker;

--
-- Name: TABLE audit_personal; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT ON TABLE public.audit_personal TO steward_operator;
GRANT SELECT,INSERT ON TABLE public.audit_personal TO steward_worker;

--
-- Name: TABLE audit_streams; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_streams TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_streams TO steward_worker;

--
-- Name: TABLE backups; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.backups TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.backups TO steward_worker;

--
-- Name: TABLE change_plans; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.change_plans TO steward_operator;
GRANT SELECT,UPDATE ON TABLE public.change_plans TO steward_worker;

--
-- Name: SEQUENCE claim_slots; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT USAGE ON SEQUENCE public.claim_slots TO steward_operator;
GRANT USAGE ON SEQUENCE public.claim_slots TO steward_worker;

--
-- Name: TABLE conditions; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.conditions TO steward_member;
GRANT SELECT,INSERT,UPDATE ON TABLE public.conditions TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.conditions TO steward_worker;

--
-- Name: TABLE drift_scans; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.drift_scans TO steward_operator;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.drift_scans TO steward_worker;

--
-- Name: TABLE evidence; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT ON TABLE public.evidence TO steward_operator;
GRANT SELECT,INSERT ON TABLE public.evidence TO steward_worker;

--
-- Name: TABLE exports; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,UPDATE ON TABLE public.exports TO steward_operator;
GRANT INSERT ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.id; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(id) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.tenant_id; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(tenant_id) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.operation_id; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(operation_id) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.region; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(region) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.object_key; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(object_key) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.bytes; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(bytes) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.sha256; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(sha256) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.manifest; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(manifest) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.sealed_key; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT UPDATE(sealed_key) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.created_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(created_at) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.keep_until; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(keep_until) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.deleted_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(deleted_at) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.removed_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(removed_at) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.wrapped_key; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(wrapped_key),UPDATE(wrapped_key) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.wrapped_by; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(wrapped_by) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.handed_over_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(handed_over_at),UPDATE(handed_over_at) ON TABLE public.exports TO steward_worker;

--
-- Name: COLUMN exports.key_generation; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(key_generation),UPDATE(key_generation) ON TABLE public.exports TO steward_worker;

--
-- Name: TABLE hand_offs; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.hand_offs TO steward_operator;

--
-- Name: COLUMN hand_offs.id; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(id) ON TABLE public.hand_offs TO steward_worker;

--
-- Name: COLUMN hand_offs.tenant_id; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(tenant_id) ON TABLE public.hand_offs TO steward_worker;

--
-- Name: COLUMN hand_offs.role; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(role) ON TABLE public.hand_offs TO steward_worker;

--
-- Name: COLUMN hand_offs.created_by; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(created_by) ON TABLE public.hand_offs TO steward_worker;

--
-- Name: COLUMN hand_offs.created_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(created_at) ON TABLE public.hand_offs TO steward_worker;

--
-- Name: COLUMN hand_offs.expires_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(expires_at) ON TABLE public.hand_offs TO steward_worker;

--
-- Name: COLUMN hand_offs.opened_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(opened_at) ON TABLE public.hand_offs TO steward_worker;

--
-- Name: TABLE idempotency_keys; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO steward_operator;
GRANT INSERT,UPDATE ON TABLE public.idempotency_keys TO steward_worker;

--
-- Name: TABLE installation_keys; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT ON TABLE public.installation_keys TO steward_operator;

--
-- Name: TABLE legal_holds; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.legal_holds TO steward_operator;
GRANT SELECT ON TABLE public.legal_holds TO steward_worker;

--
-- Name: TABLE moves; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.moves TO steward_operator;
GRANT SELECT,UPDATE ON TABLE public.moves TO steward_worker;

--
-- Name: TABLE operation_approvals; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.operation_approvals TO steward_operator;
GRANT SELECT ON TABLE public.operation_approvals TO steward_worker;

--
-- Name: COLUMN operation_approvals.decision; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT UPDATE(decision) ON TABLE public.operation_approvals TO steward_worker;

--
-- Name: COLUMN operation_approvals.decided_by; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT UPDATE(decided_by) ON TABLE public.operation_approvals TO steward_worker;

--
-- Name: COLUMN operation_approvals.decided_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT UPDATE(decided_at) ON TABLE public.operation_approvals TO steward_worker;

--
-- Name: COLUMN operation_approvals.reason; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT UPDATE(reason) ON TABLE public.operation_approvals TO steward_worker;

--
-- Name: COLUMN operation_approvals.plan_hash; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT UPDATE(plan_hash) ON TABLE public.operation_approvals TO steward_worker;

--
-- Name: COLUMN operation_approvals.release; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT UPDATE(release) ON TABLE public.operation_approvals TO steward_worker;

--
-- Name: TABLE operation_claims; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.operation_claims TO steward_operator;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.operation_claims TO steward_worker;

--
-- Name: SEQUENCE operation_epochs; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT USAGE ON SEQUENCE public.operation_epochs TO steward_operator;
GRANT USAGE ON SEQUENCE public.operation_epochs TO steward_worker;

--
-- Name: TABLE operation_events; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.operation_events TO steward_member;
GRANT SELECT,INSERT ON TABLE public.operation_events TO steward_operator;
GRANT SELECT,INSERT ON TABLE public.operation_events TO steward_worker;

--
-- Name: TABLE operation_shares; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.operation_shares TO steward_operator;

--
-- Name: TABLE operation_steps; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.operation_steps TO steward_member;
GRANT SELECT,INSERT,UPDATE ON TABLE public.operation_steps TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.operation_steps TO steward_worker;

--
-- Name: TABLE operation_subjects; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT ON TABLE public.operation_subjects TO steward_operator;
GRANT SELECT,INSERT ON TABLE public.operation_subjects TO steward_worker;

--
-- Name: TABLE operations; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.operations TO steward_member;
GRANT SELECT,INSERT,UPDATE ON TABLE public.operations TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.operations TO steward_worker;

--
-- Name: SEQUENCE operations_sequence_seq; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT USAGE ON SEQUENCE public.operations_sequence_seq TO steward_operator;
GRANT USAGE ON SEQUENCE public.operations_sequence_seq TO steward_worker;

--
-- Name: TABLE operator_sessions; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.operator_sessions TO steward_operator;

--
-- Name: TABLE operator_tokens; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.operator_tokens TO steward_operator;

--
-- Name: TABLE operators; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.operators TO steward_operator;

--
-- Name: COLUMN operators.id; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(id) ON TABLE public.operators TO steward_worker;

--
-- Name: COLUMN operators.role; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(role) ON TABLE public.operators TO steward_worker;

--
-- Name: COLUMN operators.disabled_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(disabled_at) ON TABLE public.operators TO steward_worker;

--
-- Name: COLUMN operators.expires_at; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT(expires_at) ON TABLE public.operators TO steward_worker;

--
-- Name: TABLE orphan_sweeps; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.orphan_sweeps TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.orphan_sweeps TO steward_worker;

--
-- Name: TABLE orphans; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,UPDATE ON TABLE public.orphans TO steward_operator;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.orphans TO steward_worker;

--
-- Name: TABLE plans; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.plans TO steward_operator;
GRANT SELECT ON TABLE public.plans TO steward_worker;

--
-- Name: TABLE product_versions; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.product_versions TO steward_operator;
GRANT SELECT ON TABLE public.product_versions TO steward_worker;

--
-- Name: SEQUENCE product_versions_sequence_seq; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT USAGE ON SEQUENCE public.product_versions_sequence_seq TO steward_operator;

--
-- Name: TABLE products; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.products TO steward_operator;
GRANT SELECT ON TABLE public.products TO steward_worker;

--
-- Name: TABLE quotes; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.quotes TO steward_operator;

--
-- Name: TABLE regions; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.regions TO steward_operator;
GRANT SELECT ON TABLE public.regions TO steward_worker;

--
-- Name: TABLE schema_migrations; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.schema_migrations TO steward_operator;
GRANT SELECT ON TABLE public.schema_migrations TO steward_worker;

--
-- Name: SEQUENCE schema_migrations_id_seq; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT USAGE ON SEQUENCE public.schema_migrations_id_seq TO steward_operator;
GRANT USAGE ON SEQUENCE public.schema_migrations_id_seq TO steward_worker;

--
-- Name: TABLE sign_ins; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_ins TO steward_operator;

--
-- Name: TABLE signing_keys; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.signing_keys TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.signing_keys TO steward_worker;

--
-- Name: TABLE subject_locks; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.subject_locks TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.subject_locks TO steward_worker;

--
-- Name: TABLE tenants; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.tenants TO steward_member;
GRANT SELECT,INSERT,UPDATE ON TABLE public.tenants TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.tenants TO steward_worker;

--
-- Name: TABLE unit_repairs; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT ON TABLE public.unit_repairs TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.unit_repairs TO steward_worker;

--
-- Name: TABLE units; Type: ACL; Schema: public; Owner: steward_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.units TO steward_operator;
GRANT SELECT,INSERT,UPDATE ON TABLE public.units TO steward_worker;

--
-- PostgreSQL database dump complete
--
