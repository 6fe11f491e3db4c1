; Sites that analysis may care about, over the masked tree. The captures are names; which of them matter is for the
; caller's set of API names to say, so that a new kernel function is a matter of data and not of this query.

; Every function, with its body.
(function_definition body: (compound_statement) @body) @function

; A call by name: device registration, mask set-up, mapping, set_memory_*.
(call_expression function: (identifier) @call)

; A call through a member: ops->map_page(…).
(call_expression function: (field_expression field: (field_identifier) @indirect))

; A write to a member: dev->dma_io_tlb_mem = NULL.
(assignment_expression left: (field_expression field: (field_identifier) @write))

; A member compared or tested: dev->dma_io_tlb_mem == NULL, !dev->dma_io_tlb_mem, if (dev->dma_io_tlb_mem).
(binary_expression left: (field_expression field: (field_identifier) @test) operator: ["==" "!=" "&&" "||"])
(binary_expression operator: ["==" "!=" "&&" "||"] right: (field_expression field: (field_identifier) @test))
(unary_expression operator: "!" argument: (field_expression field: (field_identifier) @test))
(parenthesized_expression (field_expression field: (field_identifier) @test))

; A member as a macro's or function's argument: WRITE_ONCE(dev->dma_io_tlb_mem, NULL).
(argument_list (field_expression field: (field_identifier) @argument))

; A designated initialiser: .dma_configure = f.
(initializer_pair designator: (field_designator (field_identifier) @initializer))
