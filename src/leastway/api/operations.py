"""The operations of Humanitec's API, by path. What no route serves answers 501.

Source: the paths and methods of Humanitec's API description 0.28.37, with parameter names of ours.
"""

from __future__ import annotations

from typing import Final

__all__ = ["OPERATIONS"]

_TABLE: Final = """
/current-user GET PATCH
/orgs GET
/orgs/{org} GET
/orgs/{org}/agents POST GET
/orgs/{org}/agents/{agent} DELETE PATCH
/orgs/{org}/agents/{agent}/keys GET POST
/orgs/{org}/agents/{agent}/keys/{fingerprint} DELETE
/orgs/{org}/apps GET POST
/orgs/{org}/apps/{app} GET PATCH DELETE
/orgs/{org}/apps/{app}/approvals GET
/orgs/{org}/apps/{app}/deltas GET POST
/orgs/{org}/apps/{app}/deltas/{delta} GET PATCH PUT
/orgs/{org}/apps/{app}/deltas/{delta}/metadata/archived PUT
/orgs/{org}/apps/{app}/deltas/{delta}/metadata/env_id PUT
/orgs/{org}/apps/{app}/deltas/{delta}/metadata/name PUT
/orgs/{org}/apps/{app}/envs GET POST
/orgs/{org}/apps/{app}/envs/{env} GET PATCH DELETE
/orgs/{org}/apps/{app}/envs/{env}/deploys GET POST
/orgs/{org}/apps/{app}/envs/{env}/deploys/{deploy} GET
/orgs/{org}/apps/{app}/envs/{env}/deploys/{deploy}/errors GET
/orgs/{org}/apps/{app}/envs/{env}/from_deploy_id PUT
/orgs/{org}/apps/{app}/envs/{env}/logs GET
/orgs/{org}/apps/{app}/envs/{env}/resources GET
/orgs/{org}/apps/{app}/envs/{env}/resources/graph POST
/orgs/{org}/apps/{app}/envs/{env}/resources/graphs POST
/orgs/{org}/apps/{app}/envs/{env}/resources/graphs/{graph} GET
/orgs/{org}/apps/{app}/envs/{env}/resources/{type}/{resource} DELETE
/orgs/{org}/apps/{app}/envs/{env}/resources/{type}/{resource}/actions/pin POST
/orgs/{org}/apps/{app}/envs/{env}/rules GET POST
/orgs/{org}/apps/{app}/envs/{env}/rules/{rule} GET PUT DELETE
/orgs/{org}/apps/{app}/envs/{env}/runtime GET
/orgs/{org}/apps/{app}/envs/{env}/runtime/paused PUT
/orgs/{org}/apps/{app}/envs/{env}/runtime/replicas PATCH
/orgs/{org}/apps/{app}/envs/{env}/value-set-versions GET
/orgs/{org}/apps/{app}/envs/{env}/value-set-versions/{value_set_version} GET
/orgs/{org}/apps/{app}/envs/{env}/value-set-versions/{value_set_version}/purge/{key} POST
/orgs/{org}/apps/{app}/envs/{env}/value-set-versions/{value_set_version}/restore POST
/orgs/{org}/apps/{app}/envs/{env}/value-set-versions/{value_set_version}/restore/{key} POST
/orgs/{org}/apps/{app}/envs/{env}/values GET POST DELETE
/orgs/{org}/apps/{app}/envs/{env}/values/{key} PUT DELETE PATCH
/orgs/{org}/apps/{app}/jobs DELETE
/orgs/{org}/apps/{app}/pipeline-criteria GET
/orgs/{org}/apps/{app}/pipeline-runs POST
/orgs/{org}/apps/{app}/pipelines GET POST
/orgs/{org}/apps/{app}/pipelines/{pipeline} GET PATCH DELETE
/orgs/{org}/apps/{app}/pipelines/{pipeline}/batches/{batch_type} GET
/orgs/{org}/apps/{app}/pipelines/{pipeline}/criteria POST
/orgs/{org}/apps/{app}/pipelines/{pipeline}/criteria/{criterion} GET DELETE
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs GET POST
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run} GET DELETE
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/cancel POST
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/jobs GET
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/jobs/{job} GET
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/jobs/{job}/approvals/{approval} GET
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/jobs/{job}/approvals/{approval}/approve POST
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/jobs/{job}/approvals/{approval}/deny POST
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/jobs/{job}/steps/{step_index}/logs GET
/orgs/{org}/apps/{app}/pipelines/{pipeline}/runs/{run}/restart POST
/orgs/{org}/apps/{app}/pipelines/{pipeline}/schema GET
/orgs/{org}/apps/{app}/pipelines/{pipeline}/versions GET
/orgs/{org}/apps/{app}/runtime GET
/orgs/{org}/apps/{app}/sets GET
/orgs/{org}/apps/{app}/sets/{set} GET POST
/orgs/{org}/apps/{app}/sets/{set}/diff/{source_set} GET
/orgs/{org}/apps/{app}/sets/{set}/resources GET
/orgs/{org}/apps/{app}/users GET POST
/orgs/{org}/apps/{app}/users/{user} GET DELETE PATCH
/orgs/{org}/apps/{app}/value-set-versions GET
/orgs/{org}/apps/{app}/value-set-versions/{value_set_version} GET
/orgs/{org}/apps/{app}/value-set-versions/{value_set_version}/purge/{key} POST
/orgs/{org}/apps/{app}/value-set-versions/{value_set_version}/restore POST
/orgs/{org}/apps/{app}/value-set-versions/{value_set_version}/restore/{key} POST
/orgs/{org}/apps/{app}/values GET POST DELETE
/orgs/{org}/apps/{app}/values/{key} PUT DELETE PATCH
/orgs/{org}/apps/{app}/webhooks GET POST
/orgs/{org}/apps/{app}/webhooks/{job} GET DELETE PATCH
/orgs/{org}/artefact-versions GET POST
/orgs/{org}/artefact-versions/convert-score POST
/orgs/{org}/artefact-versions/{artefact_version} GET
/orgs/{org}/artefact-versions/{artefact_version}/workload-deployment-set GET
/orgs/{org}/artefact-versions/{artefact_version}/workload-spec GET
/orgs/{org}/artefacts GET
/orgs/{org}/artefacts/{artefact} DELETE
/orgs/{org}/artefacts/{artefact}/versions GET
/orgs/{org}/artefacts/{artefact}/versions/{version} PATCH
/orgs/{org}/audit-logs GET
/orgs/{org}/env-types GET POST
/orgs/{org}/env-types/{env_type} GET DELETE PATCH
/orgs/{org}/env-types/{env_type}/users GET POST
/orgs/{org}/env-types/{env_type}/users/{user} GET DELETE PATCH
/orgs/{org}/events GET
/orgs/{org}/groups POST
/orgs/{org}/groups/{group}/users GET
/orgs/{org}/humanitec-keys GET
/orgs/{org}/images GET
/orgs/{org}/images/{image} GET
/orgs/{org}/images/{image}/builds GET POST
/orgs/{org}/invitations GET POST
/orgs/{org}/keys POST GET
/orgs/{org}/keys/{key} DELETE GET
/orgs/{org}/pipeline-runs GET
/orgs/{org}/pipeline-schemas/latest GET
/orgs/{org}/pipelines GET
/orgs/{org}/registries GET POST
/orgs/{org}/registries/{reg} GET DELETE PATCH
/orgs/{org}/registries/{reg}/creds GET
/orgs/{org}/resources/account-types GET
/orgs/{org}/resources/accounts GET POST
/orgs/{org}/resources/accounts/{account} GET DELETE PATCH
/orgs/{org}/resources/accounts/{account}/actions/check POST
/orgs/{org}/resources/classes GET
/orgs/{org}/resources/defs GET POST
/orgs/{org}/resources/defs/{definition} GET PUT DELETE PATCH
/orgs/{org}/resources/defs/{definition}/criteria PUT POST
/orgs/{org}/resources/defs/{definition}/criteria/{criterion} DELETE
/orgs/{org}/resources/defs/{definition}/resources GET
/orgs/{org}/resources/defs/{definition}/versions GET
/orgs/{org}/resources/defs/{definition}/versions/{version} GET
/orgs/{org}/resources/defs/{definition}/versions/{version}/actions/archive POST
/orgs/{org}/resources/defs/{definition}/versions/{version}/actions/promote POST
/orgs/{org}/resources/drivers GET POST
/orgs/{org}/resources/drivers/{driver} GET PUT DELETE
/orgs/{org}/resources/types GET POST
/orgs/{org}/resources/types/{type} DELETE PATCH PUT
/orgs/{org}/resources/types/{type}/classes POST
/orgs/{org}/resources/types/{type}/classes/{class} GET PATCH DELETE
/orgs/{org}/runtime/actions/check-connectivity POST
/orgs/{org}/secretstores GET POST
/orgs/{org}/secretstores/{store} GET DELETE PATCH
/orgs/{org}/users GET POST
/orgs/{org}/users/{user} GET DELETE PATCH
/orgs/{org}/users/{user}/groups GET
/orgs/{org}/users/{user}/perms GET
/orgs/{org}/workload-profile-chart-versions POST GET
/orgs/{org}/workload-profile-features GET
/orgs/{org}/workload-profiles GET POST
/orgs/{org}/workload-profiles/{profile_qid} GET PUT DELETE
/orgs/{org}/workload-profiles/{profile_qid}/versions GET
/orgs/{org}/workload-profiles/{profile_qid}/versions/latest GET
/users/{user}/tokens GET POST
/users/{user}/tokens/{token} GET DELETE
"""

OPERATIONS: Final = tuple(
    (path, method) for path, *methods in map(str.split, _TABLE.strip().splitlines()) for method in methods
)
"""Paths with their methods, several times for several methods."""
