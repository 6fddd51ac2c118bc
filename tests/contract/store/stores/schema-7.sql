BEGIN TRANSACTION;
CREATE TABLE account_claims (
	kind VARCHAR(16) NOT NULL, 
	value VARCHAR(64) NOT NULL, 
	organization VARCHAR(50) NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	PRIMARY KEY (kind, value)
);
CREATE TABLE account_roles (
	organization VARCHAR(50) NOT NULL, 
	account VARCHAR(63) NOT NULL, 
	role VARCHAR(2048) NOT NULL, 
	definition VARCHAR(63) NOT NULL, 
	external_id VARCHAR(1224), 
	session_name VARCHAR(64) NOT NULL, 
	duration INTEGER NOT NULL, 
	added_at DATETIME NOT NULL, 
	added_by VARCHAR(36) NOT NULL, 
	PRIMARY KEY (organization, account, role, definition)
);
CREATE TABLE accounts (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	type VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, session_series INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE active_resources (
	organization VARCHAR(50) NOT NULL, 
	application VARCHAR(50) NOT NULL, 
	environment VARCHAR(50) NOT NULL, 
	type VARCHAR(63) NOT NULL, 
	class VARCHAR(63) NOT NULL, 
	id VARCHAR(255) NOT NULL, 
	guresid VARCHAR(40) NOT NULL, 
	definition VARCHAR(63) NOT NULL, 
	definition_version VARCHAR(36) NOT NULL, 
	target_version VARCHAR(36), 
	criterion VARCHAR(36), 
	driver VARCHAR(128) NOT NULL, 
	account VARCHAR(63), 
	deployment VARCHAR(36) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	outputs TEXT NOT NULL, 
	secret_refs TEXT NOT NULL, 
	is_scheduled_for_deletion BOOLEAN NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (organization, application, environment, type, class, id)
);
CREATE TABLE agent_keys (
	organization VARCHAR(50) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	agent VARCHAR(50) NOT NULL, 
	pem TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (organization, fingerprint)
);
CREATE TABLE agents (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(50) NOT NULL, 
	description TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE applications (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(50) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE audit_entries (
	id INTEGER NOT NULL, 
	organization VARCHAR(50) NOT NULL, 
	at DATETIME NOT NULL, 
	entry BLOB NOT NULL, 
	is_change BOOLEAN NOT NULL, 
	log INTEGER, 
	position BIGINT, 
	PRIMARY KEY (id)
);
CREATE TABLE audit_logs (
	organization VARCHAR(50) NOT NULL, 
	number INTEGER NOT NULL, 
	origin VARCHAR(255) NOT NULL, 
	"key" TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	edge BLOB NOT NULL, 
	checkpoint TEXT NOT NULL, 
	began_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	PRIMARY KEY (organization, number)
);
CREATE TABLE audit_tiles (
	organization VARCHAR(50) NOT NULL, 
	log INTEGER NOT NULL, 
	level INTEGER NOT NULL, 
	"index" BIGINT NOT NULL, 
	hashes BLOB NOT NULL, 
	PRIMARY KEY (organization, log, level, "index")
);
CREATE TABLE broker_sessions (
	id VARCHAR(36) NOT NULL, 
	organization VARCHAR(50) NOT NULL, 
	account VARCHAR(63) NOT NULL, 
	definition VARCHAR(63), 
	parent VARCHAR(36), 
	role VARCHAR(2048) NOT NULL, 
	session_name VARCHAR(64) NOT NULL, 
	access_key_id VARCHAR(128) NOT NULL, 
	issued_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	handed_out_at DATETIME, 
	ended_at DATETIME, 
	ended_because TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE credential_versions (
	organization VARCHAR(50) NOT NULL, 
	owner_kind VARCHAR(16) NOT NULL, 
	owner VARCHAR(63) NOT NULL, 
	version INTEGER NOT NULL, 
	wrapping_key VARCHAR(128) NOT NULL, 
	wrapped_key BLOB NOT NULL, 
	nonce BLOB NOT NULL, 
	ciphertext BLOB NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	retired_at DATETIME, 
	PRIMARY KEY (organization, owner_kind, owner, version)
);
CREATE TABLE definition_criteria (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	definition VARCHAR(63) NOT NULL, 
	type VARCHAR(100) NOT NULL, 
	class VARCHAR(63) NOT NULL, 
	app_id VARCHAR(63) NOT NULL, 
	env_id VARCHAR(63) NOT NULL, 
	env_type VARCHAR(63) NOT NULL, 
	res_id VARCHAR(256) NOT NULL, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE definition_versions (
	organization VARCHAR(50) NOT NULL, 
	definition VARCHAR(63) NOT NULL, 
	number INTEGER NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	type VARCHAR(100) NOT NULL, 
	driver VARCHAR(128) NOT NULL, 
	account VARCHAR(256) NOT NULL, 
	inputs TEXT, 
	provision TEXT, 
	in_place_driver_change BOOLEAN NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	is_archived BOOLEAN NOT NULL, 
	is_proposed BOOLEAN NOT NULL, 
	secret_version INTEGER, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	PRIMARY KEY (organization, definition, number)
);
CREATE TABLE definitions (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	active INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	updated_at DATETIME, 
	updated_by VARCHAR(36), 
	deleted_at DATETIME, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE deleted_credentials (
	organization VARCHAR(50) NOT NULL, 
	owner_kind VARCHAR(16) NOT NULL, 
	owner VARCHAR(63) NOT NULL, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (organization, owner_kind, owner)
);
CREATE TABLE dependency_graphs (
	organization VARCHAR(50) NOT NULL, 
	application VARCHAR(50) NOT NULL, 
	environment VARCHAR(50) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	nodes TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	used_at DATETIME NOT NULL, 
	PRIMARY KEY (organization, application, environment, hash), 
	UNIQUE (id)
);
CREATE TABLE environment_types (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(50) NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (organization, id)
);
INSERT INTO "environment_types" VALUES('acme','development','');
CREATE TABLE environments (
	organization VARCHAR(50) NOT NULL, 
	application VARCHAR(50) NOT NULL, 
	id VARCHAR(50) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	type VARCHAR(50) NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	PRIMARY KEY (organization, application, id)
);
CREATE TABLE external_id_owners (
	external_id VARCHAR(1224) NOT NULL, 
	grant_name VARCHAR(63) NOT NULL, 
	account VARCHAR(12) NOT NULL, 
	given_at DATETIME NOT NULL, 
	PRIMARY KEY (external_id)
);
INSERT INTO "external_id_owners" VALUES('first','acme','111122223333','2026-01-02 03:04:05.000000');
INSERT INTO "external_id_owners" VALUES('own','acme','111122223333','2026-01-02 03:04:05.000000');
INSERT INTO "external_id_owners" VALUES('second','acme','444455556666','2026-01-02 03:04:05.000000');
CREATE TABLE grant_files (
	grant_name VARCHAR(63) NOT NULL, 
	path TEXT NOT NULL, 
	PRIMARY KEY (grant_name)
);
INSERT INTO "grant_files" VALUES('acme','/acme/grant.yaml');
CREATE TABLE kill_switches (
	id VARCHAR(36) NOT NULL, 
	scope VARCHAR(16) NOT NULL, 
	organization VARCHAR(50), 
	target VARCHAR(2048), 
	reason TEXT NOT NULL, 
	on_at DATETIME NOT NULL, 
	on_by VARCHAR(36) NOT NULL, 
	off_at DATETIME, 
	off_by VARCHAR(36), 
	PRIMARY KEY (id)
);
CREATE TABLE leastway_schema (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "leastway_schema" VALUES(7);
CREATE TABLE made_objects (
	grant_name VARCHAR(63) NOT NULL, 
	account VARCHAR(12) NOT NULL, 
	region VARCHAR(32) NOT NULL, 
	cluster VARCHAR(100) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	name VARCHAR(1024) NOT NULL, 
	unique_id VARCHAR(2048) NOT NULL, 
	PRIMARY KEY (grant_name, account, region, cluster, kind, name)
);
INSERT INTO "made_objects" VALUES('acme','111122223333','','','role','humanitec-s3','AROAEXAMPLE');
INSERT INTO "made_objects" VALUES('acme','111122223333','eu-central-1','prod','cluster-tag','Humanitec','');
CREATE TABLE object_roles (
	organization VARCHAR(50) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	object VARCHAR(50) NOT NULL, 
	user VARCHAR(36) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	PRIMARY KEY (organization, kind, object, user)
);
CREATE TABLE organizations (
	id VARCHAR(50) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "organizations" VALUES('acme','acme','2026-01-02 03:04:05.000000');
CREATE TABLE public_keys (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	pem TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE resource_classes (
	organization VARCHAR(50) NOT NULL, 
	type VARCHAR(100) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	description TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	PRIMARY KEY (organization, type, id)
);
CREATE TABLE resource_drivers (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	type VARCHAR(100) NOT NULL, 
	account_types TEXT NOT NULL, 
	inputs_schema TEXT NOT NULL, 
	target VARCHAR(512) NOT NULL, 
	template TEXT NOT NULL, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE resource_types (
	organization VARCHAR(50) NOT NULL, 
	id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	use VARCHAR(16) NOT NULL, 
	category VARCHAR(100) NOT NULL, 
	inputs_schema TEXT NOT NULL, 
	outputs_schema TEXT NOT NULL, 
	PRIMARY KEY (organization, id)
);
CREATE TABLE role_external_ids (
	grant_name VARCHAR(63) NOT NULL, 
	account VARCHAR(12) NOT NULL, 
	role VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	external_id VARCHAR(1224) NOT NULL, 
	stage VARCHAR(16) NOT NULL, 
	PRIMARY KEY (grant_name, account, role, number)
);
INSERT INTO "role_external_ids" VALUES('acme','111122223333','',0,'first','settled');
INSERT INTO "role_external_ids" VALUES('acme','111122223333','humanitec-s3',0,'own','changing');
INSERT INTO "role_external_ids" VALUES('acme','111122223333','humanitec-s3',1,'older','changing');
INSERT INTO "role_external_ids" VALUES('acme','111122223333','humanitec-s3',2,'oldest','changing');
INSERT INTO "role_external_ids" VALUES('acme','444455556666','',0,'second','settled');
CREATE TABLE switch_generation (
	number INTEGER NOT NULL, 
	generation BIGINT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "switch_generation" VALUES(1,1);
CREATE TABLE tokens (
	user VARCHAR(36) NOT NULL, 
	id VARCHAR(100) NOT NULL, 
	organization VARCHAR(50) NOT NULL, 
	digest BLOB NOT NULL, 
	description TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	expires_at DATETIME, 
	revoked_at DATETIME, 
	PRIMARY KEY (user, id), 
	UNIQUE (digest)
);
CREATE TABLE touched_sites (
	grant_name VARCHAR(63) NOT NULL, 
	realm VARCHAR(16) NOT NULL, 
	account VARCHAR(12) NOT NULL, 
	region VARCHAR(32) NOT NULL, 
	cluster VARCHAR(100) NOT NULL, 
	PRIMARY KEY (grant_name, realm, account, region, cluster)
);
INSERT INTO "touched_sites" VALUES('acme','iam','111122223333','','');
INSERT INTO "touched_sites" VALUES('acme','eks','111122223333','eu-central-1','prod');
CREATE TABLE users (
	id VARCHAR(36) NOT NULL, 
	organization VARCHAR(50) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	email VARCHAR(254), 
	role VARCHAR(16) NOT NULL, 
	password_hash TEXT, 
	created_at DATETIME NOT NULL, 
	disabled_at DATETIME, idp_id VARCHAR(50), 
	PRIMARY KEY (id)
);
INSERT INTO "users" VALUES('6c0ff3f4-0000-4000-8000-000000000001','acme','service','First owner',NULL,'owner',NULL,'2026-01-02 03:04:05.000000',NULL,NULL);
CREATE INDEX audit_entries_changes ON audit_entries (organization, at, id) WHERE is_change;
CREATE INDEX audit_entries_pending ON audit_entries (id) WHERE position IS NULL;
CREATE UNIQUE INDEX audit_entries_positions ON audit_entries (organization, log, position) WHERE position IS NOT NULL;
CREATE INDEX ix_audit_logs_changed_at ON audit_logs (changed_at);
CREATE INDEX ix_broker_sessions_expires_at ON broker_sessions (expires_at);
CREATE INDEX ix_broker_sessions_organization ON broker_sessions (organization);
CREATE INDEX ix_credential_versions_wrapping_key ON credential_versions (wrapping_key);
CREATE INDEX ix_tokens_organization ON tokens (organization);
CREATE INDEX ix_users_organization ON users (organization);
CREATE INDEX ix_active_resources_definition ON active_resources (organization, definition);
CREATE INDEX ix_agent_keys_agent ON agent_keys (organization, agent);
CREATE INDEX ix_environments_type ON environments (organization, type);
CREATE UNIQUE INDEX ix_public_keys_fingerprint ON public_keys (organization, fingerprint);
CREATE INDEX definition_criteria_of ON definition_criteria (organization, definition);
CREATE UNIQUE INDEX definition_criteria_once ON definition_criteria (organization, type, class, app_id, env_id, env_type, res_id);
COMMIT;
