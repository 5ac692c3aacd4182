"""Endpoints and pages for people who have not signed in. Nothing else belongs here."""

import sys

from fastapi import APIRouter, Depends

from app.discovery import modules_in
from app.routers.http.parameters import known_parameters
from app.routers.pages import docs, problem_pages, well_known

router = APIRouter(dependencies=[Depends(known_parameters)])
"""Under /v1: the `router` of every module in this folder."""
pages = APIRouter()
"""At the root: the pages, and the `root` of every module in this folder."""

for module in modules_in(sys.modules[__name__]):
    if hasattr(module, "root"):
        pages.include_router(module.root)
    else:
        router.include_router(module.router)
for page in (problem_pages, docs, well_known):
    pages.include_router(page.router)
