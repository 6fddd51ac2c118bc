BEGIN TRANSACTION;
CREATE TABLE leastway_schema (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO leastway_schema VALUES (1);
CREATE TABLE external_ids (
	grant_name VARCHAR(63) NOT NULL,
	account VARCHAR(12) NOT NULL,
	external_id VARCHAR(1224) NOT NULL,
	given_at DATETIME NOT NULL,
	PRIMARY KEY (grant_name, account),
	CONSTRAINT one_external_id_for_one_account UNIQUE (external_id)
);
INSERT INTO external_ids VALUES ('acme', '111122223333', 'first', '2026-01-02 03:04:05.000000');
INSERT INTO external_ids VALUES ('acme', '444455556666', 'second', '2026-01-02 03:04:05.000000');
CREATE TABLE grant_files (grant_name VARCHAR(63) NOT NULL PRIMARY KEY, path TEXT NOT NULL);
INSERT INTO grant_files VALUES ('acme', '/acme/grant.yaml');
CREATE TABLE touched_sites (
	grant_name VARCHAR(63) NOT NULL,
	realm VARCHAR(16) NOT NULL,
	account VARCHAR(12) NOT NULL,
	region VARCHAR(32) NOT NULL,
	cluster VARCHAR(100) NOT NULL,
	PRIMARY KEY (grant_name, realm, account, region, cluster)
);
INSERT INTO touched_sites VALUES ('acme', 'eks', '111122223333', 'eu-central-1', 'prod');
INSERT INTO touched_sites VALUES ('acme', 'iam', '111122223333', '', '');
COMMIT;
