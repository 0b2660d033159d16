/// Something that draws itself into a rectangle of a frame, from values alone.
public protocol Widget {
    /// Draws; whatever does not fit is cut.
    func draw(in rect: Rect, of frame: inout Frame)
}
