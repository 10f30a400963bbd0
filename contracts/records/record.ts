import * as z from 'zod';

/**
 * The format in which this version of Sluice writes its records: the attribute `format` of every item. Items without it were written before
 * there was one and count as 0. It is raised when a field changes its meaning, so that a schema can tell how to read an item; a new field
 * with a default needs none (see README.md).
 */
export const recordFormat = 1;

/** RFC 3339 text. Its form is not checked again: Sluice wrote it. */
export const timeText = z.string();

/** A list that nobody changes in place. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
