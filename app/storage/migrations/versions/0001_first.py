"""The first tables: frozen as they were on the day they were written."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    r"""
    CREATE TABLE acked_op (
        op_id BLOB NOT NULL,
        id BLOB NOT NULL,
        agg_id BLOB NOT NULL,
        acked_at INTEGER NOT NULL,
        envelope VARCHAR,
        PRIMARY KEY (op_id)
    )
    """,
    r"""
    CREATE INDEX ix_acked_op_id ON acked_op (id)
    """,
    r"""
    CREATE TABLE agreement (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_agreement_agg_id ON agreement (agg_id)
    """,
    r"""
    CREATE TABLE attention (
        id BLOB NOT NULL,
        rec_id BLOB,
        op_id BLOB,
        reason VARCHAR NOT NULL,
        detail VARCHAR NOT NULL,
        created INTEGER NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    r"""
    CREATE INDEX ix_attention_rec_id ON attention (rec_id)
    """,
    r"""
    CREATE TABLE audit_detail (
        seq INTEGER NOT NULL,
        person BLOB,
        salt BLOB NOT NULL,
        detail VARCHAR NOT NULL,
        PRIMARY KEY (seq)
    )
    """,
    r"""
    CREATE INDEX ix_audit_detail_person ON audit_detail (person)
    """,
    r"""
    CREATE TABLE audit_entry (
        seq INTEGER GENERATED ALWAYS AS (json_extract(body, '$.seq')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_audit_entry_agg_id ON audit_entry (agg_id)
    """,
    r"""
    CREATE INDEX ix_audit_entry_seq ON audit_entry (seq)
    """,
    r"""
    CREATE TABLE blob_queue (
        sha BLOB NOT NULL,
        id BLOB NOT NULL,
        size INTEGER NOT NULL,
        sent INTEGER NOT NULL,
        dir VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        PRIMARY KEY (sha)
    )
    """,
    r"""
    CREATE TABLE case_note (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_case_note_agg_id ON case_note (agg_id)
    """,
    r"""
    CREATE TABLE consent_event (
        at VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.at')) VIRTUAL,
        event_kind VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.kind')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid),
        CONSTRAINT ck_consent_event_has_moment CHECK (json_extract(body, '$.at') IS NOT NULL)
    )
    """,
    r"""
    CREATE INDEX ix_consent_event_agg_id ON consent_event (agg_id)
    """,
    r"""
    CREATE TABLE consent_wording (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_consent_wording_agg_id ON consent_wording (agg_id)
    """,
    r"""
    CREATE TABLE contact_point (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_contact_point_agg_id ON contact_point (agg_id)
    """,
    r"""
    CREATE TABLE draft (
        id BLOB NOT NULL,
        page VARCHAR NOT NULL,
        subject BLOB,
        owner BLOB NOT NULL,
        body VARCHAR NOT NULL,
        saved_at INTEGER NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    r"""
    CREATE INDEX ix_draft_place ON draft (page, subject, owner)
    """,
    r"""
    CREATE INDEX ix_draft_subject ON draft (subject)
    """,
    r"""
    CREATE TABLE identity (
        one INTEGER NOT NULL CONSTRAINT ck_identity_single CHECK (one = 1),
        vault_id BLOB NOT NULL,
        generation INTEGER NOT NULL,
        schema INTEGER NOT NULL,
        made_at INTEGER NOT NULL,
        checked_on VARCHAR NOT NULL,
        PRIMARY KEY (one)
    )
    """,
    r"""
    CREATE TABLE injury (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_injury_agg_id ON injury (agg_id)
    """,
    r"""
    CREATE TABLE lane (
        lane INTEGER NOT NULL,
        next_seq INTEGER NOT NULL,
        acked INTEGER NOT NULL,
        PRIMARY KEY (lane)
    )
    """,
    r"""
    CREATE TABLE organisation (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_organisation_agg_id ON organisation (agg_id)
    """,
    r"""
    CREATE TABLE outbox (
        seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        lane INTEGER NOT NULL,
        lane_seq INTEGER,
        op_id BLOB NOT NULL,
        txn BLOB NOT NULL,
        type VARCHAR NOT NULL,
        id BLOB NOT NULL,
        agg_id BLOB NOT NULL,
        kind VARCHAR NOT NULL,
        base_rev INTEGER,
        patch VARCHAR NOT NULL,
        base VARCHAR,
        cites VARCHAR,
        hlc VARCHAR NOT NULL,
        schema INTEGER NOT NULL,
        actor BLOB NOT NULL,
        made_at INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        tries INTEGER NOT NULL,
        CONSTRAINT uq_outbox_lane_lane_seq UNIQUE (lane, lane_seq),
        CONSTRAINT ck_outbox_state CHECK (state IN ('new', 'sent', 'parked')),
        CONSTRAINT uq_outbox_op_id UNIQUE (op_id)
    )
    """,
    r"""
    CREATE INDEX ix_outbox_agg_id ON outbox (agg_id)
    """,
    r"""
    CREATE INDEX ix_outbox_id ON outbox (id)
    """,
    r"""
    CREATE TABLE person (
        status VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.status')) VIRTUAL,
        sort_name VARCHAR GENERATED ALWAYS AS (lower(coalesce(json_extract(body, '$.family_name') || ' ', '') || coalesce(json_extract(body, '$.given_name'), json_extract(body, '$.known_as'), ''))) VIRTUAL,
        key_worker BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.key_worker'), '-')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid),
        CONSTRAINT ck_person_has_status CHECK (json_extract(body, '$.status') IS NOT NULL)
    )
    """,
    r"""
    CREATE INDEX ix_person_agg_id ON person (agg_id)
    """,
    r"""
    CREATE INDEX ix_person_list ON person (status, sort_name)
    """,
    r"""
    CREATE TABLE rec_base (
        rid INTEGER NOT NULL,
        rev INTEGER,
        body VARCHAR,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE TABLE rec_meta (
        rid INTEGER NOT NULL,
        id BLOB NOT NULL,
        type VARCHAR NOT NULL,
        agg_id BLOB NOT NULL,
        rev INTEGER,
        chash BLOB,
        ext VARCHAR,
        PRIMARY KEY (rid),
        CONSTRAINT uq_rec_meta_id UNIQUE (id)
    )
    """,
    r"""
    CREATE INDEX ix_rec_meta_agg_id ON rec_meta (agg_id)
    """,
    r"""
    CREATE TABLE rec_scope (
        sno INTEGER NOT NULL,
        rid INTEGER NOT NULL,
        PRIMARY KEY (sno, rid)
    )
    """,
    r"""
    CREATE INDEX ix_rec_scope_rid ON rec_scope (rid)
    """,
    r"""
    CREATE TABLE referral (
        state VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.state')) VIRTUAL,
        to_org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.to_org'), '-')) VIRTUAL,
        to_team VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.to_team')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid),
        CONSTRAINT ck_referral_sent_has_package CHECK (json_extract(body, '$.state') = 'draft' OR json_extract(body, '$.package_hash') IS NOT NULL OR json_extract(body, '$.state') IN ('withdrawn', 'entered_in_error', 'closed'))
    )
    """,
    r"""
    CREATE INDEX ix_referral_agg_id ON referral (agg_id)
    """,
    r"""
    CREATE INDEX ix_referral_state ON referral (state, to_org)
    """,
    r"""
    CREATE TABLE referral_event (
        referral BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.referral'), '-')) VIRTUAL,
        at VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.at')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_referral_event_agg_id ON referral_event (agg_id)
    """,
    r"""
    CREATE INDEX ix_referral_event_of ON referral_event (referral)
    """,
    r"""
    CREATE TABLE relationship (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_relationship_agg_id ON relationship (agg_id)
    """,
    r"""
    CREATE TABLE removal_receipt (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_removal_receipt_agg_id ON removal_receipt (agg_id)
    """,
    r"""
    CREATE TABLE service (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_service_agg_id ON service (agg_id)
    """,
    r"""
    CREATE TABLE setting (
        name VARCHAR NOT NULL,
        value VARCHAR NOT NULL,
        PRIMARY KEY (name)
    )
    """,
    r"""
    CREATE TABLE share_card (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_share_card_agg_id ON share_card (agg_id)
    """,
    r"""
    CREATE TABLE signpost (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_signpost_agg_id ON signpost (agg_id)
    """,
    r"""
    CREATE TABLE site (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_site_agg_id ON site (agg_id)
    """,
    r"""
    CREATE TABLE stay (
        site BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.site'), '-')) VIRTUAL,
        discharged_on VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.discharged_on')) VIRTUAL,
        expected_discharge_on VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.expected_discharge_on')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_stay_agg_id ON stay (agg_id)
    """,
    r"""
    CREATE INDEX ix_stay_leaving ON stay (expected_discharge_on) WHERE discharged_on IS NULL
    """,
    r"""
    CREATE INDEX ix_stay_open ON stay (agg_id) WHERE discharged_on IS NULL
    """,
    r"""
    CREATE TABLE subject_handle (
        person BLOB NOT NULL,
        handle VARCHAR NOT NULL,
        PRIMARY KEY (person),
        CONSTRAINT uq_subject_handle_handle UNIQUE (handle)
    )
    """,
    r"""
    CREATE TABLE sync_device (
        one INTEGER NOT NULL CONSTRAINT ck_sync_device_single CHECK (one = 1),
        device_id BLOB,
        org_id BLOB,
        lane_epoch BLOB NOT NULL,
        schema INTEGER,
        lease BLOB,
        lease_until INTEGER,
        server_time INTEGER,
        mono_anchor INTEGER,
        install_print BLOB,
        control_serial INTEGER NOT NULL,
        hlc VARCHAR NOT NULL,
        address VARCHAR NOT NULL,
        audience VARCHAR NOT NULL,
        server_keys VARCHAR NOT NULL,
        last_success INTEGER,
        last_contact INTEGER,
        last_trouble VARCHAR NOT NULL,
        audit_receipt VARCHAR NOT NULL,
        PRIMARY KEY (one)
    )
    """,
    r"""
    CREATE TABLE sync_scope (
        sno INTEGER NOT NULL,
        scope_id BLOB NOT NULL,
        "key" VARCHAR NOT NULL,
        epoch INTEGER,
        cursor INTEGER NOT NULL,
        start_head INTEGER,
        drop_cursor INTEGER NOT NULL,
        cleaned INTEGER NOT NULL,
        at_head INTEGER NOT NULL,
        n INTEGER NOT NULL,
        s0 INTEGER NOT NULL,
        s1 INTEGER NOT NULL,
        s2 INTEGER NOT NULL,
        s3 INTEGER NOT NULL,
        PRIMARY KEY (sno),
        CONSTRAINT uq_sync_scope_scope_id UNIQUE (scope_id)
    )
    """,
    r"""
    CREATE TABLE task (
        state VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.state')) VIRTUAL,
        due_on VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.due_on')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_task_agg_id ON task (agg_id)
    """,
    r"""
    CREATE INDEX ix_task_due ON task (state, due_on)
    """,
    r"""
    CREATE TABLE unknown_record (
        id BLOB NOT NULL,
        type VARCHAR NOT NULL,
        agg_id BLOB NOT NULL,
        rev INTEGER NOT NULL,
        body VARCHAR NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    r"""
    CREATE TABLE user (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    r"""
    CREATE INDEX ix_user_agg_id ON user (agg_id)
    """,
    r"""
    CREATE VIRTUAL TABLE find USING fts5(words, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3')
    """,
    r"""
    INSERT INTO find(find, rank) VALUES('secure-delete', 1)
    """,
    r"""
    CREATE VIRTUAL TABLE alike USING fts5(keys, detail = column)
    """,
    r"""
    INSERT INTO alike(alike, rank) VALUES('secure-delete', 1)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement.strip())
