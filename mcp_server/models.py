"""What the tools take and give, as pydantic models: the edge between JSON and our own values."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from guardrails.approval.ledger import Standing, Status
from guardrails.approval.records import written
from guardrails.drafting.tables import ColumnSpec, OnDelete, TableSpec
from guardrails.lint.contracts import Finding, ValidationResult
from guardrails.lint.report.hidden import hidden_by_code

MOST_FINDINGS = 50


class ColumnIn(BaseModel):
    """A column of a table to create."""

    model_config = ConfigDict(extra="forbid")

    name: str
    type: str = Field(description="A type of PostgreSQL's, as in text, uuid or numeric(10, 2)")
    nullable: bool = True
    default: str | None = Field(None, description="An SQL expression, as in now() or 'draft'")
    unique: bool = False
    primary_key: bool = False
    references: str | None = Field(None, description="table.column or schema.table.column")
    on_delete: OnDelete | None = None
    check: str | None = Field(None, description="An SQL condition, as in price >= 0")


class TableIn(BaseModel):
    """A table to create; without a primary key it gets `id uuid`, random by default."""

    model_config = ConfigDict(extra="forbid")

    name: str
    columns: list[ColumnIn]
    table_schema: str = Field("public", alias="schema")
    comment: str | None = None
    timestamps: bool = Field(True, description="Add created_at and updated_at")

    def spec(self) -> TableSpec:
        columns = tuple(ColumnSpec(**column.model_dump()) for column in self.columns)
        return TableSpec(self.name, columns, self.table_schema, self.comment, self.timestamps)


class FindingOut(BaseModel):
    """One thing to look at, with what to write instead."""

    code: str
    message: str
    line: int
    column: int
    suggestion: str
    via: str | None = None
    requested: str | None = Field(
        None, description="Why a comment asks to allow it; an error needs a human all the same"
    )

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        return cls(
            code=finding.code,
            message=finding.message,
            line=finding.line,
            column=finding.column,
            suggestion=finding.suggestion,
            via=finding.via,
            requested=finding.requested,
        )


class Validation(BaseModel):
    """What validation says of one migration; long lists are cut, and `more` counts what is missing."""

    valid: bool
    path: str
    errors: list[FindingOut]
    warnings: list[FindingOut]
    hidden: dict[str, int] | None = Field(
        None, description="By code, what the project's configuration turns off"
    )
    more: int | None = None
    next_step: str

    @classmethod
    def of(cls, result: ValidationResult, next_step: str) -> Validation:
        errors, warnings = result.errors[:MOST_FINDINGS], result.warnings[:MOST_FINDINGS]
        left = len(result.errors) + len(result.warnings) - len(errors) - len(warnings)
        return cls(
            valid=result.valid,
            path=result.path,
            errors=[FindingOut.of(finding) for finding in errors],
            warnings=[FindingOut.of(finding) for finding in warnings],
            hidden=dict(hidden_by_code([result])) or None,
            more=left or None,
            next_step=next_step,
        )


class Creation(BaseModel):
    """What became of a draft."""

    status: Literal["written", "already_written", "needs_confirmation", "rejected", "has_errors"]
    draft_id: str
    draft_path: str
    path: str | None = None
    rollback_path: str | None = None
    added: list[str]
    errors: list[FindingOut]
    warnings: list[FindingOut]
    next_step: str


class Approval(BaseModel):
    """The question to the person: one required answer, so that an empty yes is none."""

    approve: bool = Field(
        title="Write this migration file?", description="Tick to write it. Nothing is applied to a database."
    )


class TestUserOut(BaseModel):
    """A row whose key tests may rely on, users first."""

    name: str
    id: str
    email: str | None = None
    table: str | None = None


class Seeding(BaseModel):
    """What a seed run wrote, by table, and where."""

    success: bool
    where: str
    created: dict[str, int]
    errors: list[str]
    warnings: list[str]
    duration_ms: int
    test_users: list[TestUserOut] | None = None
    next_step: str


class MigrationOut(BaseModel):
    """A migration of the project."""

    path: str
    name: str
    has_rollback: bool


class Migrations(BaseModel):
    """The project's migrations in order, the newest last."""

    tool: str
    folder: str | None = None
    count: int
    migrations: list[MigrationOut]
    next_step: str


class ApprovalOut(BaseModel):
    """A migration and the approval of its bytes as they are now; `problem` says why it is not approved."""

    path: str
    standing: Standing
    problem: str | None = None
    approver: str | None = None
    approved_at: str | None = None
    environments: list[str] | None = None
    acknowledged: list[str] | None = None

    @classmethod
    def of(cls, status: Status, problem: str | None) -> ApprovalOut:
        record = status.record
        if record is None:
            return cls(path=status.path, standing=status.standing, problem=problem)
        return cls(
            path=status.path,
            standing=status.standing,
            problem=problem,
            approver=record.approver,
            approved_at=written(record.approved_at),
            environments=list(record.environments),
            acknowledged=list(record.acknowledged),
        )


class ApprovalsOut(BaseModel):
    """The project's migrations with their approvals, the newest last."""

    count: int
    approved: int
    migrations: list[ApprovalOut]
    next_step: str


class Explanation(BaseModel):
    """A rule's page."""

    code: str
    markdown: str
