BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
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
CREATE TABLE leastway_schema (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "leastway_schema" VALUES(3);
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
COMMIT;
